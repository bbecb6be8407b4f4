"""The modules that every app uses. They import no app and name no vendor."""
