#include "apilab/sandbox/github/internal/deliveries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "apilab/http/date.hpp"
#include "apilab/sandbox/github/internal/hooks.hpp"
#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/internal/query.hpp"

namespace apilab::sandbox::github {
namespace {

namespace json = boost::json;
using webhook::DeliveryRecord;

constexpr std::string_view documentation =
    "https://docs.github.com/rest/repos/webhooks#list-deliveries-for-a-repository-webhook";

double seconds_of(Duration took) {
    const auto hundredths =
        std::chrono::duration_cast<std::chrono::milliseconds>(took).count() / 10;
    return static_cast<double>(hundredths) / 100.0;
}

json::object item_object(const Call& call, const DeliveryRecord& record) {
    return {{"id", hook_number(record.id)},
            {"guid", record.guid},
            {"delivered_at", http::format_iso_time(record.delivered_at)},
            {"redelivery", record.redelivery},
            {"duration", seconds_of(record.took)},
            {"status", delivery_status(record)},
            {"status_code", record.status},
            {"event", record.event},
            {"action", or_null(record.action)},
            {"installation_id", nullptr},
            {"repository_id", call.repository->id},
            {"throttled_at", nullptr}};
}

json::object headers_object(const std::vector<std::pair<std::string, std::string>>& headers) {
    json::object out;
    for (const auto& [name, value] : headers) {
        out[clean(name)] = clean(value);
    }
    return out;
}

json::value payload_of(const std::string& body) {
    const auto document = http::JsonDocument::parse(body);
    return document ? to_value(document->root()) : json::value(clean(body));
}

std::optional<DeliveryRecord> find_delivery(const Call& call) {
    const auto hook = find_hook(call);
    if (!hook) {
        return std::nullopt;
    }
    auto record = call.incoming.hub->delivery(path_value(call.incoming, "delivery_id"));
    return record && record->subscription == hook->id ? std::move(record) : std::nullopt;
}

}  // namespace

std::int64_t hook_number(std::string_view id) {
    std::int64_t number = 0;
    (void)std::from_chars(id.data(), id.data() + id.size(), number);
    return number;
}

bool delivered(const DeliveryRecord& record) {
    return record.status >= 200 && record.status < 300;
}

std::string delivery_status(const DeliveryRecord& record) {
    if (record.status == 0) {
        return record.error.empty() ? "failed to connect to host" : clean(record.error);
    }
    return delivered(record) ? "OK" : fmt::format("Invalid HTTP Response: {}", record.status);
}

std::optional<webhook::Subscription> find_hook(const Call& call) {
    auto hook = call.incoming.hub->find(path_value(call.incoming, "hook_id"));
    const bool ours = hook && hook->from == "github" && hook->scope == call.look().name();
    return ours ? std::move(hook) : std::nullopt;
}

http::Response list_deliveries(const Call& call) {
    const auto hook = find_hook(call);
    if (!hook) {
        return not_found();
    }
    const auto status = query_value(call.incoming, "status");
    const auto cursor = query_value(call.incoming, "cursor");
    std::vector<DeliveryRecord> rows;
    for (auto& record : call.incoming.hub->deliveries(hook->id)) {
        if (status.empty() || delivered(record) == (status == "success")) {
            rows.push_back(std::move(record));
        }
    }
    std::size_t at = 0;
    if (!cursor.empty()) {
        // A cursor is opaque to a client; here it says which delivery was the last one.
        const auto found = std::ranges::find(
            rows, cursor, [](const DeliveryRecord& record) { return "v1_" + record.id; });
        if (found == rows.end()) {
            return error(400, "Invalid cursor", documentation);
        }
        at = static_cast<std::size_t>(found - rows.begin()) + 1;
    }
    const auto size = std::min(page_size(call.incoming), rows.size() - at);
    json::array items;
    for (std::size_t i = at; i < at + size; ++i) {
        items.emplace_back(item_object(call, rows[i]));
    }
    auto answer = reply(call, 200, items);
    if (size > 0 && at + size < rows.size()) {
        answer.header("link", link_to(call.incoming, list_path(call),
                                      {{"cursor", "v1_" + rows[at + size - 1].id}}, "next"));
    }
    return answer;
}

http::Response get_delivery(const Call& call) {
    const auto record = find_delivery(call);
    if (!record) {
        return not_found();
    }
    auto out = item_object(call, *record);
    const auto hook = call.incoming.hub->find(record->subscription);
    out["url"] = hook ? clean(hook->url) : "";
    out["request"] = json::object{{"headers", headers_object(record->request_headers)},
                                  {"payload", payload_of(record->request_body)}};
    out["response"] = json::object{{"headers", headers_object(record->response_headers)},
                                   {"payload", clean(record->response_body)}};
    return reply(call, 200, out);
}

http::Response redeliver(const Call& call) {
    const auto record = find_delivery(call);
    if (!record || !call.incoming.hub->redeliver(record->id)) {
        return not_found();
    }
    return reply(call, 202, json::object{});
}

}  // namespace apilab::sandbox::github
