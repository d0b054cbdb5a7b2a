// Bytes as the query that a browser comes back with: no code without the state, what a strict
// reader takes a lenient one takes too, and what is said about it can be printed.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/auth/authorization.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool printable(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c >= 0x20 && c <= 0x7E; });
}

apilab::Result<apilab::Secret> read(std::string_view query, bool strict) {
    return apilab::auth::read_authorization_answer(query,
                                                   {.state = apilab::Secret("xyz"),
                                                    .issuer = strict ? "https://id.test" : "",
                                                    .issuer_required = strict});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto code = read(text, false);
    if (code) {
        require(!code->empty());
        require(apilab::http::percent_decode(text).contains("xyz"));
    } else {
        const auto& error = code.error();
        require(printable(error.to_string()) && error.to_string().size() < 1000);
        require(printable(error.provider_code()) && error.provider_code().size() <= 64);
    }
    const auto strict = read(text, true);
    require(!strict || (code && *code == *strict));
    // A state in front makes another one behind it a second one.
    const auto twice = read("state=xyz&code=c&state=xyz&" + std::string(text), false);
    require(!twice && twice.error().detail() == "state");
    return 0;
}
