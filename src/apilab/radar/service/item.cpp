#include "apilab/radar/service/item.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/digest.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/decision_json.hpp"
#include "apilab/radar/internal/kept_json.hpp"

namespace apilab::radar {
namespace {

namespace json = boost::json;
using internal::kept_time;
using internal::KeptJson;

constexpr std::size_t digits = 16;

std::string short_hash(std::string_view text) {
    return to_hex(sha256(text)).substr(0, digits);
}

json::value time_or_null(const std::optional<SystemTime>& time) {
    return time ? json::value(kept_time(*time)) : json::value(nullptr);
}

json::object human_object(const HumanColumns& human) {
    json::object out;
    out["decision"] = human.decision;
    out["owner"] = human.owner;
    out["snooze_until"] = time_or_null(human.snooze_until);
    return out;
}

HumanColumns read_human(const KeptJson& json) {
    return {.decision = json.text_or_empty("decision"),
            .owner = json.text_or_empty("owner"),
            .snooze_until = json.maybe_time("snooze_until")};
}

// Letters and digits in lower case, single spaces between words, no apostrophes.
std::string plain_words(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("\xE2\x80\x99")) {  // U+2019, as people's keyboards have it
            i += 2;
            continue;
        }
        const char c = text[i];
        if (c == '\'') {
            continue;
        }
        const bool word = ascii_alnum(c) || static_cast<unsigned char>(c) >= 0x80U;
        if (word) {
            out += ascii_lower(c);
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    if (out.ends_with(' ')) {
        out.pop_back();
    }
    return out;
}

}  // namespace

bool declines(std::string_view decision) {
    static constexpr std::array<std::string_view, 28> words{"accept",
                                                            "accepted",
                                                            "accept risk",
                                                            "accepted risk",
                                                            "risk accepted",
                                                            "closed",
                                                            "decline",
                                                            "declined",
                                                            "dismiss",
                                                            "dismissed",
                                                            "done",
                                                            "false positive",
                                                            "fixed",
                                                            "ignore",
                                                            "ignored",
                                                            "n a",
                                                            "no",
                                                            "no action",
                                                            "not affected",
                                                            "not applicable",
                                                            "reject",
                                                            "rejected",
                                                            "resolved",
                                                            "skip",
                                                            "skipped",
                                                            "will not fix",
                                                            "wont fix",
                                                            "wontfix"};
    return std::ranges::find(words, plain_words(decision)) != words.end();
}

std::string item_key(std::string_view watch, std::string_view package) {
    std::string key;
    key.append(watch).append("/").append(package);
    if (key.size() <= Item::key_max) {
        return key;
    }
    return key.substr(0, Item::key_max - digits - 1) + "~" + short_hash(key);
}

std::string Item::key() const {
    return item_key(watch, decision.package);
}

std::string fingerprint_of(const Decision& decision) {
    std::vector<std::string> advisories = decision.advisories;
    std::ranges::sort(advisories);
    json::object out;
    out["action"] = to_string(decision.action);
    out["candidate"] = internal::text_or_null(decision.candidate);
    out["advisories"] = internal::texts(advisories);
    return short_hash(json::serialize(out));
}

std::string item_json(const Item& item) {
    json::object decision = internal::decision_object(item.decision);
    decision["level"] =
        item.decision.level ? json::value(to_string(*item.decision.level)) : json::value(nullptr);
    json::object out;
    out["watch"] = item.watch;
    out["decision"] = std::move(decision);
    out["made_with"] = to_string(item.made_with);
    out["fingerprint"] = item.fingerprint;
    out["first_seen"] = kept_time(item.first_seen);
    out["last_seen"] = kept_time(item.last_seen);
    out["resolved"] = time_or_null(item.resolved);
    out["announced"] = item.announced;
    out["announced_before"] = internal::texts(item.announced_before);
    out["returns"] = item.returns;
    out["revision"] = item.revision;
    out["row_hash"] = item.row_hash;
    out["human"] = human_object(item.human);
    out["row"] = human_object(item.row);
    return json::serialize(out);
}

Result<Item> read_item(std::string_view text) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(text, {.size_max = internal::kept_json_max}));
    std::optional<Error> error;
    const KeptJson json(document.root(), error);
    Item item;
    item.watch = json.text("watch");
    item.decision = internal::read_decision(json.member("decision"));
    item.made_with = json.has("made_with") ? json.word("made_with", internal::confidences)
                                           : item.decision.confidence;
    item.fingerprint = json.text("fingerprint");
    item.first_seen = json.time("first_seen");
    item.last_seen = json.time("last_seen");
    item.resolved = json.maybe_time("resolved");
    item.announced = json.text_or_empty("announced");
    item.announced_before = json.texts("announced_before");
    if (json.has("returns")) {
        item.returns = json.integer("returns", 0, std::numeric_limits<std::int64_t>::max());
    }
    item.revision = json.integer("revision", 0, std::numeric_limits<std::int64_t>::max());
    item.row_hash = json.text_or_empty("row_hash");
    item.human = read_human(json.member("human"));
    item.row = read_human(json.member("row"));
    if (error) {
        return fail(std::move(*error).in("an item"));
    }
    return item;
}

std::string run_json(const RunRecord& run) {
    json::object out;
    out["watch"] = run.watch;
    out["started"] = kept_time(run.started);
    out["finished"] = kept_time(run.finished);
    out["why"] = run.why;
    out["report"] = run.report;
    out["error"] = run.error;
    out["complete"] = run.complete;
    out["last_complete"] = time_or_null(run.last_complete);
    return json::serialize(out);
}

Result<RunRecord> read_run(std::string_view text) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(text, {.size_max = internal::kept_json_max}));
    std::optional<Error> error;
    const KeptJson json(document.root(), error);
    RunRecord run{.watch = json.text("watch"),
                  .started = json.time("started"),
                  .finished = json.time("finished"),
                  .why = json.text_or_empty("why"),
                  .report = json.text_or_empty("report"),
                  .error = json.text_or_empty("error"),
                  .complete = json.flag("complete"),
                  .last_complete = json.maybe_time("last_complete")};
    if (error) {
        return fail(std::move(*error).in("a run"));
    }
    return run;
}

}  // namespace apilab::radar
