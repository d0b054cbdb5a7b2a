#include "apilab/radar/service/effects.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>
#include <optional>

#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/radar/internal/decision_json.hpp"
#include "apilab/radar/internal/kept_json.hpp"

namespace apilab::radar {
namespace {

namespace json = boost::json;
using internal::KeptJson;

}  // namespace

std::string payload(const SlackEffect& effect) {
    json::object out;
    out["channel"] = effect.channel;
    out["text"] = effect.text;
    out["blocks"] = effect.blocks;
    out["thread_ts"] = effect.thread_ts;
    return json::serialize(out);
}

std::string payload(const NotionEffect& effect) {
    json::array properties;
    for (const auto& [name, value] : effect.properties) {
        properties.push_back(json::object{{"name", name}, {"value", value}});
    }
    json::object out;
    out["row"] = effect.row;
    out["revision"] = effect.revision;
    out["properties"] = std::move(properties);
    return json::serialize(out);
}

std::string payload(const GmailEffect& effect) {
    json::object out;
    out["from"] = effect.from;
    out["to"] = internal::texts(effect.to);
    out["subject"] = effect.subject;
    out["text"] = effect.text;
    out["html"] = effect.html;
    return json::serialize(out);
}

Result<SlackEffect> read_slack_effect(std::string_view text) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(text, {.size_max = internal::kept_json_max}));
    std::optional<Error> error;
    const KeptJson json(document.root(), error);
    SlackEffect effect{.channel = json.text("channel"),
                       .text = json.text("text"),
                       .blocks = json.text_or_empty("blocks"),
                       .thread_ts = json.text_or_empty("thread_ts")};
    if (error) {
        return fail(std::move(*error).in("an effect on Slack"));
    }
    return effect;
}

Result<NotionEffect> read_notion_effect(std::string_view text) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(text, {.size_max = internal::kept_json_max}));
    std::optional<Error> error;
    const KeptJson json(document.root(), error);
    NotionEffect effect{
        .row = json.text("row"),
        .revision = json.integer("revision", 1, std::numeric_limits<std::int64_t>::max())};
    for (const KeptJson& property : json.elements("properties")) {
        effect.properties.emplace_back(property.text("name"), property.text("value"));
    }
    if (error) {
        return fail(std::move(*error).in("an effect on Notion"));
    }
    return effect;
}

Result<GmailEffect> read_gmail_effect(std::string_view text) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(text, {.size_max = internal::kept_json_max}));
    std::optional<Error> error;
    const KeptJson json(document.root(), error);
    GmailEffect effect{.from = json.text("from"),
                       .to = json.texts("to"),
                       .subject = json.text("subject"),
                       .text = json.text("text"),
                       .html = json.text_or_empty("html")};
    if (error) {
        return fail(std::move(*error).in("an effect on Gmail"));
    }
    return effect;
}

}  // namespace apilab::radar
