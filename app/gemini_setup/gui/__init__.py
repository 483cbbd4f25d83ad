"""The window: shows what the core's events say and asks questions; decides nothing itself."""
