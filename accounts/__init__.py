"""Users: who they are, how they sign in, and what their role allows."""
