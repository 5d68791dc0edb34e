# Varnish in front of an API that sets its own CORS headers.
#
# It passes OPTIONS on, keeps Vary, and so keeps one response for each Origin.
vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "8000";
}

sub vcl_recv {
    # Varnish answers OPTIONS from the application, never from its cache.
    if (req.method == "OPTIONS") {
        return (pass);
    }
    # your own directives
}

sub vcl_deliver {
    # your own directives for responses
}
