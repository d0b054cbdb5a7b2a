// Bytes as a checkpoint: what is taken is the same after it was written again, and a walk that goes
// on from it ends, asks only its own origin, and hands out no more than it reads.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "apilab/data/page_walk.hpp"

namespace {

using apilab::data::Checkpoint;
using apilab::data::PageWalk;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void go_on(Checkpoint checkpoint, apilab::data::PageRules rules) {
    const auto first = apilab::http::Request::post(
        *apilab::http::Url::parse("https://h/list?api_key=k"), R"({"queries":[{"a":1},{"b":2}]})");
    const auto fresh = PageWalk::create(first, rules, {});
    require(fresh.has_value());
    const bool by_url = rules.kind == apilab::data::PageKind::link_header;
    checkpoint.fingerprint = fresh->checkpoint()->fingerprint;
    auto walk = PageWalk::create(first, std::move(rules), {.key = "/id", .from = checkpoint});
    for (int asked = 0; walk && asked < 20; ++asked) {
        std::size_t items = 0;
        while (walk->next()) {
            require(++items <= 10);
        }
        if (walk->over()) {
            return;
        }
        const auto request = walk->request(*walk->wanted());
        if (!request) {
            walk->end_with(request.error());
            continue;
        }
        require(request->url().origin() == "https://h");
        walk->answer(*request, apilab::http::Response(200, R"({"items":[{"id":1}],"next":null})"));
        // A cursor is the server's own word, whatever it looks like; a URL may hold our key.
        if (const auto kept = walk->checkpoint(); by_url && kept) {
            const auto kept_url = apilab::http::Url::parse(kept->position.token);
            const auto query = "&" + (kept_url ? kept_url->query() : std::string());
            require(!query.contains("&api_key="));
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto checkpoint = Checkpoint::parse(text);
    if (!checkpoint) {
        return 0;
    }
    const auto again = Checkpoint::parse(checkpoint->to_json());
    require(again && again->to_json() == checkpoint->to_json());
    namespace rules = apilab::data::page_rules;
    go_on(*checkpoint, rules::github("/items"));
    go_on(*checkpoint, {.kind = apilab::data::PageKind::cursor,
                        .items = "/items",
                        .next = "/next",
                        .parameter = "c"});
    go_on(*checkpoint, rules::osv_batch());
    go_on(*checkpoint, {});
    return 0;
}
