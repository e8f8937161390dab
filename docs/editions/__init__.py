"""The lessons in other languages, made from English and a gettext catalogue: `make ko`."""
