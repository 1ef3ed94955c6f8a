"""Small Textual programs that the product is compared with: the least there is, and Textual's own widgets."""
