"""The script of a page that every engine runs for a test, and what it tells."""

FETCH = """async ([url, init]) => {
    let request
    try { request = new Request(url, init) } catch (error) { return {thrown: error.name} }
    try {
        const response = await fetch(url, init)
        const {status, type, redirected} = response
        const headers = Object.fromEntries(response.headers)
        return {status, type, redirected, url: response.url, headers, text: await response.text()}
    } catch (error) { return {failed: error.name, url: request.url} }
}"""
"""A JavaScript function of ``[url, init]`` that calls ``fetch(url, init)``.

It resolves to what a script sees: ``status``, ``type``, ``redirected``, ``url``, ``headers`` (names in lower case) and
``text``; or ``thrown``, if the arguments are invalid; or ``failed``, if the fetch fails.
"""
