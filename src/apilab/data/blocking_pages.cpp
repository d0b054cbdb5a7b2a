#include "apilab/data/blocking_pages.hpp"

namespace apilab::data::blocking {

Result<PageWalk> create_walk(http::Request first, PageRules rules, PageOptions options) {
    if (options.prefetch > 0) {
        return fail(ErrorKind::invalid_argument,
                    "pages: prefetch is for data::Pages; a blocking walk asks when it needs");
    }
    if (options.deadline != SteadyTime::max() && options.clock == nullptr) {
        return fail(ErrorKind::invalid_argument,
                    "pages: a deadline needs the clock (PageOptions::clock)");
    }
    return PageWalk::create(std::move(first), std::move(rules), std::move(options));
}

std::optional<Result<http::Json>> next_item(client::blocking::Client& client, PageWalk& walk) {
    while (true) {
        auto item = walk.next();
        if (item || walk.over()) {
            return item;
        }
        auto request = walk.request(*walk.wanted());
        if (!request) {
            walk.end_with(std::move(request).error());
            continue;
        }
        const auto& options = walk.options();
        client::CallOptions call{.operation = options.operation};
        if (!call.operation.effect) {
            call.operation.effect = http::Effect::read;
        }
        if (options.clock != nullptr && options.deadline != SteadyTime::max()) {
            call.deadline = options.deadline - options.clock->now();
        }
        walk.count_request();
        walk.answer(*request, client.send(*request, std::move(call)));
    }
}

}  // namespace apilab::data::blocking
