// A kind, a header and a body as an answer: whatever it says, the next request goes to the same
// origin and not from https to http, the way back is refused as a circle, and a walk ends.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/data/page_walk.hpp"

namespace {

using apilab::data::PageKind;
using apilab::data::PageRules;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

PageRules rules_of(std::uint8_t choice) {
    namespace rules = apilab::data::page_rules;
    PageRules next{.kind = PageKind::next_url, .items = "/items", .next = "/next"};
    next.items_may_be_absent = true;
    const std::array all{PageRules{},
                         rules::github(),
                         rules::slack("/items"),
                         rules::notion(),
                         rules::stripe(),
                         rules::osv_batch(),
                         rules::gmail_history(),
                         rules::sandbox(PageKind::page_number),
                         rules::sandbox(PageKind::offset),
                         next};
    return all.at(choice % all.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto line = std::min(text.find('\n'), text.size());
    apilab::http::Response response(200, std::string(text.substr(std::min(line + 1, text.size()))));
    response.headers().add("link", std::string(text.substr(0, line)));
    const auto first = apilab::http::Request::post(
        *apilab::http::Url::parse("https://h/list?size=2"), R"({"queries":[{"a":1},{"b":2}]})");
    apilab::data::PageOptions options{.walk = "fuzz", .pages_max = 8};
    options.restart = apilab::data::Restart::with_duplicates;
    auto walk = apilab::data::PageWalk::create(first, rules_of(data[0]), std::move(options));
    require(walk.has_value());
    int errors = 0;
    for (int asked = 0; !walk->over(); ++asked) {
        while (const auto item = walk->next()) {
            errors += *item ? 0 : 1;
        }
        for (const auto& position : walk->ahead(4)) {
            require(!walk->request(position) ||
                    walk->request(position)->url().origin() == "https://h");
        }
        if (walk->over()) {
            break;
        }
        require(asked < 20);
        const auto request = walk->request(*walk->wanted());
        if (!request) {
            walk->end_with(request.error());
            continue;
        }
        require(request->url().origin() == "https://h");
        walk->answer(*request, response);
    }
    require(errors <= 1);
    require(!walk->next());
    return 0;
}
