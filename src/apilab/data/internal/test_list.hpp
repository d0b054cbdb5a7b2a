#pragma once

// A list of numbers behind a service, in any kind of pages, under virtual time.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apilab/data/internal/query_text.hpp"
#include "apilab/data/pages.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"

namespace apilab::data::internal {

class TestList final : public runtime::Service {
public:
    TestList(runtime::VirtualScheduler& scheduler, PageKind kind, std::int64_t items,
             std::int64_t size)
        : scheduler_(scheduler), kind_(kind), items_(items), size_(size) {}

    [[nodiscard]] PageRules rules() const {
        PageRules rules{.name = "test", .kind = kind_, .items = "/items"};
        rules.parameter = kind_ == PageKind::page_number ? "page" : "at";
        rules.total_items = totals ? "/total" : "";
        rules.size_parameter = kind_ == PageKind::cursor ? "" : "size";
        if (kind_ == PageKind::cursor || kind_ == PageKind::next_url) {
            rules.next = "/next";
        }
        rules.expired = {{.status = 410}};
        return rules;
    }
    [[nodiscard]] http::Request first() const {
        return http::Request::get(*http::Url::parse(fmt::format("http://h/list?size={}", size_)));
    }

    [[nodiscard]] runtime::Task<Result<http::Response>> call(
        http::Request request, runtime::CallContext /*context*/) override {
        asked.push_back(request.url().target());
        ++under_way;
        most_under_way = std::max(most_under_way, under_way);
        const auto slept = co_await scheduler_.sleep_for(latency);
        --under_way;
        if (!slept) {
            co_return fail(slept.error());
        }
        co_return answer(request.url());
    }

    /// How the list behaves.
    Duration latency{};
    bool totals = true;
    /// Requests, counted from 1, that are answered 410.
    std::vector<std::size_t> expired_at;
    /// What it saw.
    std::vector<std::string> asked;
    int under_way = 0;
    int most_under_way = 0;

private:
    [[nodiscard]] std::int64_t number(const http::Url& url, std::string_view name,
                                      std::int64_t otherwise) const {
        return whole_number(parameter_of(url, name).value_or("")).value_or(otherwise);
    }
    [[nodiscard]] std::int64_t begin(const http::Url& url) const {
        if (kind_ == PageKind::cursor) {
            const auto cursor = parameter_of(url, "at").value_or("a=&b 0");
            return whole_number(std::string_view(cursor).substr(cursor.rfind(' ') + 1)).value();
        }
        return kind_ == PageKind::offset || kind_ == PageKind::next_url
                   ? number(url, "at", 0)
                   : (number(url, kind_ == PageKind::link_header ? "p" : "page", 1) - 1) * size_;
    }
    [[nodiscard]] http::Response answer(const http::Url& url) const {
        if (std::ranges::find(expired_at, asked.size()) != expired_at.end()) {
            return http::Response(410, "{}");
        }
        const auto from = begin(url);
        const auto to = std::min(from + size_, items_);
        std::string items;
        for (auto i = from; i < to; ++i) {
            items += fmt::format("{}{{\"id\":{}}}", items.empty() ? "" : ",", i);
        }
        const bool more = to < items_;
        std::string text = fmt::format("{{\"items\":[{}]", items);
        text += totals ? fmt::format(",\"total\":{}", items_) : "";
        if (more && kind_ == PageKind::cursor) {
            text += fmt::format(",\"next\":\"a=&b {}\"", to);
        } else if (more && kind_ == PageKind::next_url) {
            text += fmt::format(",\"next\":\"/list?size={}&at={}\"", size_, to);
        }
        http::Response response(200, text + "}");
        if (more && kind_ == PageKind::link_header) {
            const auto page = (from / size_) + 2;
            const auto last = (items_ + size_ - 1) / size_;
            response.header(
                "link", fmt::format("</list?p={}>; rel=next, </list?p={}>; rel=last", page, last));
        }
        return response;
    }

    runtime::VirtualScheduler& scheduler_;
    PageKind kind_;
    std::int64_t items_;
    std::int64_t size_;
};

[[nodiscard]] inline Result<std::int64_t> id_of(const http::Json& item) {
    const auto id = item["id"].integer();
    return id ? Result<std::int64_t>(*id) : fail(ErrorKind::decode, "/id: expected a number");
}

using Numbers = Pages<std::int64_t>;

/// What a walk handed out: values, then perhaps an error.
struct Walked {
    std::vector<std::int64_t> ids;
    std::vector<Error> errors;
    WalkSummary summary;
};
/// At most so many elements.
[[nodiscard]] inline runtime::Task<Walked> walk(Numbers& pages, std::size_t most = SIZE_MAX) {
    Walked walked;
    while (walked.ids.size() + walked.errors.size() < most) {
        auto item = co_await pages.next();
        if (!item) {
            break;
        }
        if (*item) {
            walked.ids.push_back(**item);
        } else {
            walked.errors.push_back(item->error());
        }
    }
    walked.summary = pages.summary();
    co_return walked;
}

[[nodiscard]] inline std::vector<std::int64_t> numbers(std::int64_t from, std::int64_t to) {
    std::vector<std::int64_t> all;
    for (auto i = from; i < to; ++i) {
        all.push_back(i);
    }
    return all;
}

}  // namespace apilab::data::internal
