"""Campaigns: a file becomes cells, cells become runs in an order that tells the truth, nothing is run twice."""
