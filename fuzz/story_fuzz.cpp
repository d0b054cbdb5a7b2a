// Bytes as a story: what is taken is the same after it was written again, and every output makes
// something of it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "apilab/http/json.hpp"
#include "apilab/observe/curl_line.hpp"
#include "apilab/observe/har.hpp"
#include "apilab/observe/har_import.hpp"
#include "apilab/observe/story_json.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void tell(const apilab::observe::Story& story) {
    const auto text = story_json(story);
    const auto again = apilab::observe::parse_story(text);
    require(again && story_json(*again) == text);
    for (const auto& exchange : story.exchanges) {
        require(exchange.attempt < story.record.attempts.size());
        require(!curl_line(exchange).contains('\0'));
    }
    apilab::observe::Har har;
    har.add(story);
    require(apilab::http::JsonDocument::parse(har.text()).has_value());
    (void)apilab::observe::read_har(har.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto story = apilab::observe::parse_story(text)) {
        tell(*story);
    }
    if (const auto stories = apilab::observe::read_har(text)) {
        for (const auto& story : *stories) {
            tell(story);
        }
    }
    return 0;
}
