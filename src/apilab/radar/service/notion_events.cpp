#include "apilab/radar/service/notion_events.hpp"

#include <algorithm>
#include <array>

#include "apilab/base/ascii.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"

namespace apilab::radar {
namespace {

// Nothing of these is in people's columns.
constexpr std::array<std::string_view, 5> indifferent{"page.content_updated", "page.locked",
                                                      "page.unlocked", "page.deleted",
                                                      "data_source.content_updated"};

// Ids come with dashes or without.
bool same_id(std::string_view one, std::string_view other) {
    std::string a = ascii_lowered(one);
    std::string b = ascii_lowered(other);
    std::erase(a, '-');
    std::erase(b, '-');
    return a == b;
}

bool by_bot_alone(http::Json root, std::string_view bot) {
    bool any = false;
    for (const auto author : root["authors"].elements()) {
        any = true;
        if (!same_id(author["id"].string_or(""), bot)) {
            return false;
        }
    }
    return any && !bot.empty();
}

// The data source that it happened in; empty: it does not say.
std::string_view source_of(http::Json root) {
    const auto entity = root["entity"];
    if (entity["type"].string_or("") == "data_source") {
        return entity["id"].string_or("");
    }
    const auto parent = root.at_pointer("/data/parent");
    return parent["data_source_id"].string_or(
        parent["type"].string_or("") == "data_source" ? parent["id"].string_or("") : "");
}

}  // namespace

Result<NotionNews> read_notion_event(std::string_view body, const NotionOurs& ours) {
    APILAB_TRY(const auto document,
               http::JsonDocument::parse(body, {.size_max = 1U << 20U, .depth_max = 64}));
    const auto root = document.root();
    const auto type = root["type"].string_or("");
    if (type.empty()) {
        return fail(
            Error(ErrorKind::decode, "a webhook of Notion without /type").with_detail("/type"));
    }
    NotionNews news{.type = std::string(type)};
    if (const auto at = root["timestamp"].string()) {
        news.at = http::parse_iso_time(*at);
    }
    const bool of_page = type.starts_with("page.");
    if (!of_page && !type.starts_with("data_source.") && !type.starts_with("database.")) {
        news.why = "it is about no row";
        return news;
    }
    if (std::ranges::find(indifferent, type) != indifferent.end()) {
        news.why = "it is not about columns";
        return news;
    }
    const auto source = source_of(root);
    if (!source.empty() && !same_id(source, ours.data_source)) {
        news.why = "it is about another data source";
        return news;
    }
    if (by_bot_alone(root, ours.bot)) {
        news.why = "it is our own doing";
        return news;
    }
    news.read = true;
    news.page = of_page ? root.at_pointer("/entity/id").string_or("") : "";
    news.why = of_page ? "a row may have changed" : "columns may have changed";
    return news;
}

}  // namespace apilab::radar
