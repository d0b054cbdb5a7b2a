#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <cmath>

#include "apilab/observe/curl_line.hpp"
#include "apilab/observe/har.hpp"
#include "apilab/observe/waterfall.hpp"
#include "apilab/observe/why.hpp"
#include "apilab/radar/service/call_history.hpp"
#include "apilab/radar/service/internal/dashboard_api.hpp"

namespace apilab::radar::internal {

namespace json = boost::json;
using observe::Waterfall;
using observe::WaterfallRow;

namespace {

std::string_view name_of(WaterfallRow::Kind kind) {
    using Kind = WaterfallRow::Kind;
    switch (kind) {
        case Kind::attempt:
            return "attempt";
        case Kind::redirect:
            return "redirect";
        case Kind::hedge:
            return "hedge";
        case Kind::wait:
            return "wait";
        case Kind::refused_wait:
            return "refused wait";
        case Kind::stored:
            return "stored";
        case Kind::shared:
            return "shared";
        default:
            return "server";
    }
}

json::object shares_of(const Waterfall& waterfall) {
    json::object shares;
    for (std::size_t i = 0; i < observe::meanings; ++i) {
        if (waterfall.shares[i] > Duration::zero()) {
            shares[to_string(static_cast<observe::Meaning>(i))] = ms_of(waterfall.shares[i]);
        }
    }
    return shares;
}

json::object row_object(const WaterfallRow& row) {
    json::array segments;
    for (const auto& segment : row.segments) {
        segments.push_back(json::object{{"what", to_string(segment.what)},
                                        {"meaning", to_string(meaning_of(segment.what))},
                                        {"start_ms", ms_of(segment.start)},
                                        {"length_ms", ms_of(segment.length)}});
    }
    json::object out;
    out["kind"] = name_of(row.kind);
    out["number"] = row.number;
    out["start_ms"] = ms_of(row.start);
    out["length_ms"] = ms_of(row.length);
    out["status"] = row.status;
    out["error"] = row.error ? json::value(to_string(*row.error)) : json::value(nullptr);
    out["outcome"] = to_string(row.outcome);
    out["failed"] = row.failed();
    out["note"] = row.note;
    out["segments"] = std::move(segments);
    return out;
}

json::array fields_of(const http::Headers& headers) {
    json::array out;
    for (const auto& [name, value] : headers) {
        out.push_back(json::array{name, value});
    }
    return out;
}

json::object exchange_object(const observe::Exchange& exchange) {
    json::object out;
    out["attempt"] = exchange.attempt;
    out["method"] = exchange.method;
    out["url"] = exchange.url;
    out["request_headers"] = fields_of(exchange.request_headers);
    out["request_body"] = exchange.request_body;
    out["request_body_size"] = exchange.request_body_size;
    out["answered"] = exchange.answered;
    out["reason"] = exchange.reason;
    out["response_headers"] = fields_of(exchange.response_headers);
    out["response_body"] = exchange.response_body;
    out["response_body_size"] = exchange.response_body_size;
    out["curl"] = observe::curl_line(exchange);
    return out;
}

const CallHistory::Entry* find_call(const DashboardContext& context, std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole ? context.parts.calls.find(number) : nullptr;
}

Refused call_gone() {
    return {.status = 404,
            .why = "this call is not kept any more",
            .remedy = "the latest calls are on the page Calls"};
}

}  // namespace

json::object call_line(const CallHistory::Entry& entry) {
    const auto& record = entry.story.record;
    const auto waterfall = observe::waterfall_of(entry.story);
    json::object out;
    out["number"] = entry.number;
    out["id"] = record.id;
    out["at"] = shown_time(entry.story.started);
    out["provider"] = record.provider;
    out["operation"] = record.operation;
    out["method"] = record.method;
    out["url_template"] = record.url_template;
    out["origin"] = record.origin;
    out["status"] = record.status;
    out["error"] = record.error ? json::value(to_string(*record.error)) : json::value(nullptr);
    out["ending"] = record.ending == Ending::none ? std::string_view() : to_string(record.ending);
    out["result"] = record.error ? "failed" : record.status >= 400 ? "refused" : "ok";
    out["attempts"] = record.attempts.size();
    out["elapsed_ms"] = ms_of(record.elapsed);
    out["shares"] = shares_of(waterfall);
    return out;
}

Task get_calls(DashboardContext* context, ApiCall call) {
    constexpr std::int64_t most = std::int64_t{1} << 62U;
    const auto before = number_of(call, "before", most, 0, most);
    const auto limit = number_of(call, "limit", 100, 1, 500);
    if (!before || !limit) {
        co_return std::unexpected(before ? limit.error() : before.error());
    }
    json::array calls;
    const auto& kept = context->parts.calls.calls();
    for (auto entry = kept.rbegin();
         entry != kept.rend() && calls.size() < static_cast<std::size_t>(*limit); ++entry) {
        if (entry->number < static_cast<std::uint64_t>(*before)) {
            calls.push_back(call_line(*entry));
        }
    }
    json::object out;
    out["kept"] = kept.size();
    out["calls"] = std::move(calls);
    co_return out;
}

Task get_call(DashboardContext* context, ApiCall call) {
    const auto* entry = find_call(*context, call.id);
    if (entry == nullptr) {
        co_return std::unexpected(call_gone());
    }
    const auto waterfall = observe::waterfall_of(entry->story);
    json::object out = call_line(*entry);
    json::array rows;
    for (const auto& row : waterfall.rows) {
        rows.push_back(row_object(row));
    }
    json::array sentences;
    for (const auto& sentence : observe::why(entry->story)) {
        sentences.emplace_back(sentence);
    }
    json::array exchanges;
    for (const auto& exchange : entry->story.exchanges) {
        exchanges.push_back(exchange_object(exchange));
    }
    out["title"] = waterfall.title;
    out["follows"] = waterfall.follows;
    out["axis_ms"] = ms_of(waterfall.axis);
    out["deadline_ms"] =
        waterfall.deadline ? json::value(ms_of(*waterfall.deadline)) : json::value(nullptr);
    out["idempotency_key"] = entry->story.record.idempotency_key;
    out["rows"] = std::move(rows);
    out["why"] = std::move(sentences);
    out["exchanges"] = std::move(exchanges);
    co_return out;
}

std::optional<std::string> har_of(const DashboardContext& context, std::string_view number) {
    const auto* entry = find_call(context, number);
    if (entry == nullptr) {
        return std::nullopt;
    }
    observe::Har har;
    har.add(entry->story);
    return har.text();
}

}  // namespace apilab::radar::internal
