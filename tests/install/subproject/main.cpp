#include <cstdio>

#include "apilab/http/url.hpp"

int main() {
    auto url = apilab::http::Url::parse("http://127.0.0.1:8080/a?b=c");
    if (!url || url->port() != 8080 || url->target() != "/a?b=c") {
        std::fprintf(stderr, "the URL was not understood\n");
        return 1;
    }
    return 0;
}
