#include "apilab/data/collect_pages.hpp"

#include <utility>

#include "apilab/base/try.hpp"

namespace apilab::data {

runtime::Task<Result<std::vector<http::JsonDocument>>> collect_pages(runtime::Service& service,
                                                                     http::Request first,
                                                                     PageRules rules,
                                                                     PageOptions options) {
    options.whole_pages = true;
    APILAB_CO_TRY(const auto source, PageSource::create(service, std::move(first), std::move(rules),
                                                        std::move(options)));
    std::vector<http::JsonDocument> pages;
    while (auto page = co_await source->next()) {
        if (!*page) {
            co_return fail(std::move(*page).error());
        }
        pages.push_back(source->walk().take_document());
    }
    co_return pages;
}

}  // namespace apilab::data
