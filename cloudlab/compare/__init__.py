"""The lessons' calls on a real cloud and on the embedded one, and where the answers differ, field by field.

`python -m cloudlab compare`. ids.py, rules.py and judge.py judge the recorded answers in tests/gold, too.
"""
