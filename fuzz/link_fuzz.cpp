// Bytes as the value of a Link header: within the limits, and every target stands in the text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/link.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto links = apilab::http::parse_link(text);
    require(links.size() <= 64);
    for (const auto& link : links) {
        require(text.contains(link.target));
        require(link.params.size() <= 32);
        for (const auto& [name, value] : link.params) {
            require(!name.empty());
            require(link.has(name));
        }
        (void)link.has_rel("next");
    }
    const apilab::http::Headers headers = {{"link", std::string(text)}};
    if (const auto next = apilab::http::find_link(headers, "next")) {
        require(text.contains(*next));
    }
    // A good link before whatever this is stays found.
    const apilab::http::Headers two = {{"link", "<good>; rel=first"}, {"link", std::string(text)}};
    require(apilab::http::find_link(two, "first") == "good");
    return 0;
}
