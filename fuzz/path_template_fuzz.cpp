// Bytes as a path template and as its values: whatever comes out stays below the template's own
// segments, and a query's values add no parameter.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/http/path_template.hpp"
#include "apilab/http/query.hpp"
#include "apilab/http/url.hpp"

namespace {

using namespace apilab::http;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// What a server makes of it that decodes once more than it should.
bool climbs(std::string_view path) {
    auto text = "/" + percent_decode(percent_decode(path)) + "/";
    std::ranges::replace(text, '\\', '/');
    return text.contains("/../") || text.contains("/./");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto cut = text.find('\n');
    const auto first = text.substr(0, cut);
    const auto second = cut == std::string_view::npos ? text : text.substr(cut + 1);

    if (const auto path = expand_path("/a/{one}/b/{+more}", {{"one", first}, {"more", second}})) {
        require(path->starts_with("/a/") && !climbs(*path));
        require(std::ranges::count(*path, '/') == 4 + std::ranges::count(second, '/'));
        require(std::ranges::none_of(*path, [](char c) { return c <= 0x20 || c >= 0x7F; }));
        const auto url = Url::parse("http://h").value().resolve(*path);
        require(!url || url->path() == *path);
    }
    // The template itself comes from the program: it may be wrong, and says so.
    (void)expand_path(first, {{"one", "1"}, {second, "2"}});

    auto query = Query().add("x", 1).add(first, second).add("z", 2);
    require(std::ranges::count(query.to_string(), '&') == 2);
    require(query.remove(first).to_string().size() <= std::string_view("x=1&z=2").size() ||
            first.empty() || first == "x" || first == "z");
    (void)Query::of(text).set(first, second).remove(second);
    return 0;
}
