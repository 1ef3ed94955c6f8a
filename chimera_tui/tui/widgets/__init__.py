"""Widgets of the viewer: each paints one thing and knows no service."""
