"""Hard use: what the cloud does when it is killed, when its disk or its file fails, when a whole class comes at once.

- `test_killed.py`    kill -9 at a hundred random moments under a stream of writes
- `test_up.py`        the command: a folder, a file or a lock that can't be used, a killed `up`, many `up` at once
- `test_versions.py`  an older file gains what it lacks, a newer one is refused and kept
- `test_disk.py`      the disk fills up while the cloud runs
- `test_clients.py`   slow clients, idle ones, a thousand of them, and a long key beside short calls
- `test_class.py`     fifty learners walk the whole path, each in their own project
- `test_behind.py`    what the tests leave behind

`runner.py` starts clouds in a few milliseconds (a process that has everything loaded forks them); `stream.py` writes to
one and notes what was acknowledged; `state.py` holds a cloud's state against that.
"""
