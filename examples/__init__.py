"""A small application with its CORS policy in the environment, its page, and a demo of both."""
