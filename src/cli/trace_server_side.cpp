#include "trace_server_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/client/blocking.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "environment.hpp"

namespace apilab::cli {

using observe::Exchange;
using observe::ServerSide;
using Reply = ServerSide::Reply;

namespace {

struct Row {
    std::string trace;
    std::string request_id;
    std::string method;
    std::string path;
    ServerSide side;
};

Reply reply_of(std::string_view word) {
    return word == "sent"      ? Reply::sent
           : word == "partial" ? Reply::partial
           : word == "lost"    ? Reply::lost
                               : Reply::pending;
}

Duration milliseconds(double count) {
    constexpr double most = 1e12;  // 30 years
    return Duration(std::llround(std::clamp(count, 0.0, most) * 1e6));
}

std::string fault_of(http::Json row) {
    std::string text;
    for (const auto fault : row["faults"].elements()) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", fault["id"].string_or("?"),
                            fault["kind"].string_or("?"));
    }
    return text;
}

// Nothing: no request of the program, or one without a time.
std::optional<Row> read_row(http::Json json) {
    const auto received = http::parse_iso_time(json["time"].string_or(""));
    if (json["type"].string_or("") != "exchange" || !received) {
        return std::nullopt;
    }
    const auto header = [&](std::string_view name) {
        return std::string(json["headers"][name].string_or(""));
    };
    Row row{.trace = header("traceparent"),
            .request_id = header("x-request-id"),
            .method = std::string(json["method"].string_or("")),
            .path = std::string(json["path"].string_or(""))};
    row.side = {.request_id = row.request_id,
                .received = *received,
                .status = static_cast<int>(json["status"].integer().value_or(0)),
                .reply = reply_of(json["reply"].string_or("")),
                .applied = json["effect"].string_or("") == "applied",
                .fault = fault_of(json),
                .held_back = milliseconds(json["delay_ms"].number().value_or(0))};
    if (const auto finished = json["finished_ms"].number()) {
        row.side.answered =
            *received + milliseconds(*finished - json["t_ms"].number().value_or(*finished));
    }
    return row;
}

// The path of a journal's row is the one below the provider's prefix.
bool same_target(const Exchange& exchange, const Row& row) {
    std::string_view url = exchange.url;
    url = url.substr(0, url.find('?'));
    return exchange.method == row.method && (row.path == "/" || url.ends_with(row.path));
}

bool belongs(const Exchange& exchange, const Row& row) {
    const auto trace = exchange.request_headers.value("traceparent");
    if (!trace.empty() && !row.trace.empty()) {
        return trace == row.trace;
    }
    const auto id = exchange.request_headers.value("x-request-id");
    return !id.empty() && id == row.request_id && same_target(exchange, row);
}

}  // namespace

Result<std::vector<ServerSide>> server_side_of(const observe::Story& story,
                                               std::string_view journal_ndjson) {
    std::vector<Row> rows;
    std::size_t number = 0;
    while (!journal_ndjson.empty()) {
        const auto end = std::min(journal_ndjson.find('\n'), journal_ndjson.size());
        const auto line = journal_ndjson.substr(0, end);
        journal_ndjson.remove_prefix(std::min(end + 1, journal_ndjson.size()));
        ++number;
        if (line.empty()) {
            continue;
        }
        const auto document = http::JsonDocument::parse(line);
        if (!document) {
            return fail(Error(ErrorKind::decode, fmt::format("line {} of the journal: {}", number,
                                                             document.error().message())));
        }
        if (auto row = read_row(document->root())) {
            rows.push_back(*std::move(row));
        }
    }
    std::vector<ServerSide> sides;
    std::set<const Row*> used;
    for (const auto& exchange : story.exchanges) {
        if (exchange.attempt >= story.record.attempts.size()) {
            continue;
        }
        const auto at = story.at(story.record.attempts[exchange.attempt].started);
        const Row* nearest = nullptr;
        const auto away = [&](const Row& row) {
            return row.side.received > at ? row.side.received - at : at - row.side.received;
        };
        for (const auto& row : rows) {
            if (!used.contains(&row) && belongs(exchange, row) &&
                (nearest == nullptr || away(row) < away(*nearest))) {
                nearest = &row;
            }
        }
        if (nearest != nullptr) {
            used.insert(nearest);
            sides.push_back(nearest->side);
            sides.back().attempt = exchange.attempt;
        }
    }
    return sides;
}

Result<std::vector<ServerSide>> ask_server_side(const observe::Story& story) {
    const auto admin = environment("APILAB_ADMIN_URL");
    if (!admin) {
        return std::vector<ServerSide>();
    }
    APILAB_TRY(auto client, client::blocking::Client::create());
    APILAB_TRY(auto url, http::Url::parse(*admin + "/_sandbox/journal"));
    auto request = http::Request::get(std::move(url));
    if (const auto token = environment("APILAB_ADMIN_TOKEN")) {
        request.header("authorization", "Bearer " + *token);
    }
    APILAB_TRY(const auto reply, client.send(std::move(request)));
    APILAB_TRY(const auto checked, reply.error_for_status());
    return server_side_of(story, checked.body());
}

}  // namespace apilab::cli
