"""Screens that come before or over the main one."""
