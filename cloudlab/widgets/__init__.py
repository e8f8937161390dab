"""Things to click. Each has a static form, of text and HTML, that works without a kernel."""
