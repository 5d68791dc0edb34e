"""For gunicorn: ``gunicorn -c python:envcors.gunicorn …``, or ``import envcors.gunicorn`` in a configuration file.

Checks the environment when it is imported, before anything forks. If there are problems, gunicorn exits with status 78
and prints only the report. For another prefix call ``envcors.boot.check(prefix=…)`` in a configuration file instead.
Variables that gunicorn itself sets (``--env``) are not known here; the application checks them when it boots.
"""

from envcors.boot import check

check()
