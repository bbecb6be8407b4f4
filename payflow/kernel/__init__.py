"""What every app builds on. Nothing here imports an app or names a vendor."""
