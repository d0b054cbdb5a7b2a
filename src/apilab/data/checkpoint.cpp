#include "apilab/data/checkpoint.hpp"

#include <fmt/format.h>

#include <array>

#include "apilab/base/try.hpp"

namespace apilab::data {
namespace {

using http::Json;
using http::json_quote;

struct Counter {
    std::string_view name;
    std::uint64_t WalkSummary::* field;
};
constexpr std::array counters{Counter{"pages", &WalkSummary::pages},
                              Counter{"items", &WalkSummary::items},
                              Counter{"requests", &WalkSummary::requests},
                              Counter{"duplicates", &WalkSummary::duplicates},
                              Counter{"bad_items", &WalkSummary::bad_items},
                              Counter{"keys_forgotten", &WalkSummary::keys_forgotten},
                              Counter{"restarts", &WalkSummary::restarts}};

std::unexpected<Error> wrong(std::string_view pointer, std::string_view what) {
    return fail(Error(ErrorKind::decode, fmt::format("checkpoint: {}: {}", pointer, what))
                    .with_detail(std::string(pointer))
                    .with_remedy("remove the checkpoint to start anew"));
}

// Reads members and remembers the first that is not as it should be.
class Reader {
public:
    explicit Reader(Json json) : json_(json) {}

    std::string text(std::string_view pointer) {
        const auto value = json_.at_pointer(pointer).string();
        note(value.has_value(), pointer, "expected text");
        return std::string(value.value_or(""));
    }
    std::uint64_t number(std::string_view pointer) {
        const auto value = json_.at_pointer(pointer).unsigned_integer();
        note(value.has_value(), pointer, "expected a whole number");
        return value.value_or(0);
    }
    bool flag(std::string_view pointer) {
        const auto value = json_.at_pointer(pointer).boolean();
        note(value.has_value(), pointer, "expected true or false");
        return value.value_or(false);
    }
    Json list(std::string_view pointer) {
        const auto value = json_.at_pointer(pointer);
        note(value.is_array(), pointer, "expected an array");
        return value;
    }
    void note(bool good, std::string_view pointer, std::string_view what) {
        if (!good && pointer_.empty()) {
            pointer_ = pointer;
            what_ = what;
        }
    }
    [[nodiscard]] Result<void> check() const {
        return pointer_.empty() ? Result<void>() : wrong(pointer_, what_);
    }

private:
    Json json_;
    std::string pointer_;
    std::string_view what_;
};

std::string position_to_json(const PagePosition& position) {
    std::string open;
    for (const auto& query : position.open) {
        open += open.empty() ? "" : ",";
        open += fmt::format("[{},{}]", query.query, json_quote(query.token));
    }
    return fmt::format(R"({{"first":{},"token":{},"foreign":{},"open":[{}]}})", position.first,
                       json_quote(position.token), position.foreign, open);
}

PagePosition read_position(Reader& reader) {
    PagePosition position;
    position.first = reader.flag("/position/first");
    position.token = reader.text("/position/token");
    position.foreign = reader.flag("/position/foreign");
    for (const auto& one : reader.list("/position/open").elements()) {
        const auto query = one.at_pointer("/0").unsigned_integer();
        const auto token = one.at_pointer("/1").string();
        reader.note(query && token, "/position/open", "expected pairs of a number and a text");
        position.open.push_back({.query = static_cast<std::size_t>(query.value_or(0)),
                                 .token = std::string(token.value_or(""))});
    }
    return position;
}

std::string time_to_json(const std::optional<SystemTime>& time) {
    return time ? std::to_string(time->time_since_epoch().count()) : "null";
}
std::optional<SystemTime> read_time(Reader& reader, const Json& root, std::string_view name) {
    const auto value = root[name];
    reader.note(value.integer().has_value() || value.is_null(), name,
                "expected nanoseconds since 1970, or null");
    return value.integer() ? std::optional(SystemTime(Duration(*value.integer()))) : std::nullopt;
}

std::string summary_to_json(const WalkSummary& summary) {
    std::string text = "{\"incomplete\":" + json_quote(summary.incomplete) +
                       ",\"sync_token\":" + json_quote(summary.sync_token);
    for (const auto& counter : counters) {
        text += fmt::format(",\"{}\":{}", counter.name, summary.*counter.field);
    }
    return text + "}";
}

WalkSummary read_summary(Reader& reader) {
    WalkSummary summary;
    summary.incomplete = reader.text("/so_far/incomplete");
    summary.sync_token = reader.text("/so_far/sync_token");
    for (const auto& counter : counters) {
        summary.*counter.field = reader.number("/so_far/" + std::string(counter.name));
    }
    return summary;
}

}  // namespace

std::string Checkpoint::to_json() const {
    std::string hashes;
    for (const auto key : keys) {
        hashes += hashes.empty() ? "" : ",";
        hashes += std::to_string(key);
    }
    return fmt::format(
        R"({{"version":{},"walk":{},"fingerprint":{},"position":{},"index":{},"done":{},)"
        R"("so_far":{},"keys":[{}],"keys_complete":{},"detected":{},"detected_why":{},)"
        R"("started":{},"expires":{}}})",
        version, json_quote(walk), json_quote(fingerprint), position_to_json(position), index, done,
        summary_to_json(so_far), hashes, keys_complete, detected.empty() ? "null" : detected,
        json_quote(detected_why), time_to_json(started), time_to_json(expires));
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
    auto document = http::JsonDocument::parse(text, {.size_max = size_max, .depth_max = 8});
    if (!document) {
        return fail(std::move(document).error().in("reading a checkpoint"));
    }
    const auto root = document->root();
    if (root["version"].integer() != version) {
        return wrong("/version", fmt::format("expected {}", version));
    }
    Reader reader(root);
    Checkpoint checkpoint;
    checkpoint.walk = reader.text("/walk");
    checkpoint.fingerprint = reader.text("/fingerprint");
    checkpoint.position = read_position(reader);
    checkpoint.index = reader.number("/index");
    checkpoint.done = reader.flag("/done");
    checkpoint.so_far = read_summary(reader);
    for (const auto& key : reader.list("/keys").elements()) {
        reader.note(key.unsigned_integer().has_value(), "/keys", "expected whole numbers");
        checkpoint.keys.push_back(key.unsigned_integer().value_or(0));
    }
    checkpoint.keys_complete = reader.flag("/keys_complete");
    checkpoint.detected_why = reader.text("/detected_why");
    const auto detected = root["detected"];
    reader.note(detected.is_null() || detected.is_object(), "/detected",
                "expected an object or null");
    checkpoint.detected = detected.is_object() ? detected.to_text() : "";
    checkpoint.started = read_time(reader, root, "started");
    checkpoint.expires = read_time(reader, root, "expires");
    APILAB_CHECK(reader.check());
    return checkpoint;
}

}  // namespace apilab::data
