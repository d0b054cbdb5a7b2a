// Bytes as a URL, a reference, a path to append and a segment: whatever comes out is a URL that
// reads back as itself, and no message shows a password.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/path_template.hpp"
#include "apilab/http/url.hpp"

namespace {

using apilab::http::Url;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check(const Url& url) {
    require(url.path().starts_with('/'));
    require(url.port() != 0);
    require(!url.host().empty());
    for (const char c : url.to_string()) {
        require(c > 0x20 && c < 0x7F);
    }
    const auto again = Url::parse(url.to_string());
    require(!again || *again == url);
    require(again.has_value() || url.to_string().size() > 32'000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto base = Url::parse("http://127.0.0.1:4010/base/path?q=1").value();
    if (const auto url = Url::parse(text)) {
        check(*url);
        require(*url->resolve("") == *url);
    }
    if (const auto url = base.resolve(text)) {
        check(*url);
        require(!url->path().contains("/../"));
    }
    check(base.with(text, text));
    if (const auto path = apilab::http::expand_path("/a/{x}/b", {{"x", text}})) {
        const auto url = base.resolve(*path);
        require(!url || url->path() == *path);
    }
    require(apilab::http::percent_decode(apilab::http::percent_encode(text)) == text);
    (void)apilab::http::percent_decode(text);

    const auto hidden = Url::parse("http://user:hunter2@" + std::string(text));
    require(!hidden && !hidden.error().to_string().contains("hunter2"));
    return 0;
}
