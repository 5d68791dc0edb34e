"""From Flask-CORS to envcors: what an application asks of Flask-CORS, in the terms of envcors."""
