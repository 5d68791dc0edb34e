"""A small application that has its CORS policy in the environment, its page, and a demo of both."""
