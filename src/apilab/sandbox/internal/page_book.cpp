#include "apilab/sandbox/internal/page_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <optional>

#include "apilab/http/json.hpp"
#include "apilab/http/link.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/http/url.hpp"
#include "apilab/sandbox/internal/conditional.hpp"
#include "apilab/sandbox/internal/json_value.hpp"
#include "apilab/sandbox/query.hpp"

namespace apilab::sandbox::internal {

namespace json = boost::json;

namespace {

constexpr std::size_t tokens_max = 20'000;
constexpr std::size_t ids_bytes_max = 4096;
constexpr std::size_t token_bytes_max = 512;
constexpr std::size_t batch_max = 200;

using By = PageShape::By;

bool by_url(const PageShape& shape) {
    return shape.by == By::link || shape.by == By::url;
}

// As facts have it: what is long or may hold a secret is there by its hash.
std::string shown(std::string_view token) {
    return token.size() > token_bytes_max ? "#" + stable_hash(token) : std::string(token);
}

std::string shown_target(std::string_view target) {
    const auto question = target.find('?');
    if (question == std::string_view::npos) {
        return shown(target);
    }
    for (const auto& [name, value] : split_query(target.substr(question + 1))) {
        if (http::names_a_secret(name)) {
            return fmt::format("{}?#{}", target.substr(0, question), stable_hash(target));
        }
    }
    return shown(target);
}

std::string normal(const PageShape& shape, std::string_view base_url, std::string_view token) {
    if (!by_url(shape)) {
        return shown(token);
    }
    return shown_target(token.starts_with(base_url) ? token.substr(base_url.size()) : token);
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && !text.empty() ? std::optional(number) : std::nullopt;
}

// Query, form and JSON body as one list of names and values.
using Arguments = std::vector<std::pair<std::string, std::string>>;

Arguments arguments_of(const Incoming& incoming) {
    Arguments all = incoming.query;
    const auto& body = incoming.request->body();
    if (body.starts_with('{')) {
        if (const auto document = http::JsonDocument::parse(body)) {
            for (const auto& [name, value] : document->root().members()) {
                all.emplace_back(
                    name, value.is_string() ? std::string(*value.string()) : value.to_text());
            }
        }
    } else if (!body.empty()) {
        std::ranges::copy(split_query(body), std::back_inserter(all));
    }
    return all;
}

std::string value_of(const Arguments& arguments, std::string_view name) {
    const auto found = std::ranges::find(arguments, name, &Arguments::value_type::first);
    return found == arguments.end() ? std::string() : found->second;
}

// The operation and what it is asked about, without the place in the list.
std::string list_id(const PageShape& shape, const Incoming& incoming, Arguments arguments,
                    const std::map<std::string, std::string>& facts) {
    std::string_view operation = incoming.route->operation;
    for (const std::string_view other : {"_by_id", ".get"}) {
        operation.remove_suffix(operation.ends_with(other) ? other.size() : 0);
    }
    std::string text;
    if (const auto of = facts.find("list_of"); of != facts.end()) {
        text = of->second;
    } else {
        for (const auto& [name, value] : incoming.path) {
            text += value + '\n';
        }
    }
    std::ranges::sort(arguments);
    for (const auto& [name, value] : arguments) {
        if (name != shape.asked && !http::names_a_secret(name)) {
            text += name + '=' + value + '\n';
        }
    }
    return fmt::format("{}:{}", operation, stable_hash(text).substr(0, 8));
}

PageOfList question(const PageShape& shape, http::Json query) {
    std::string text;
    PageOfList page;
    for (const auto& [name, value] : query.members()) {
        if (name == shape.asked) {
            page.token = shown(value.string_or(""));
        } else {
            text += std::string(name) + '=' + value.to_text() + '\n';
        }
    }
    page.list = stable_hash(text).substr(0, 8);
    return page;
}

void read_batch(const PageShape& shape, const Incoming& incoming, PageAsk& ask,
                std::map<std::string, std::string>& facts) {
    const auto document = http::JsonDocument::parse(incoming.request->body());
    if (!document) {
        return;
    }
    std::string text;
    for (const auto query : document->root()[shape.queries].elements()) {
        ask.lists.push_back(question(shape, query));
        const auto& page = ask.lists.back();
        if (ask.lists.size() <= batch_max) {
            text += fmt::format("{}{}{}{}", text.empty() ? "" : " ", page.list,
                                page.token.empty() ? "" : "=", page.token);
        }
    }
    facts["batch"] = std::move(text);
}

std::string link_next(const http::Response& answer) {
    return http::find_link(answer.headers(), "next").value_or("");
}

// The next page by counting; empty at the end.
std::string counted(const PageShape& shape, const PageAsk& ask, const PageOfList& page,
                    std::uint64_t total) {
    const auto at = number_in(page.token).value_or(shape.counts_items ? 0 : 1);
    const auto seen = shape.counts_items ? at + ask.size : at * ask.size;
    return seen < total ? std::to_string(shape.counts_items ? seen : at + 1) : "";
}

std::string ids_of(const PageShape& shape, http::Json items) {
    std::string ids;
    for (const auto item : items.elements()) {
        const auto id = item[shape.id];
        const auto text = id.is_string() ? std::string(*id.string()) : id.to_text();
        if (ids.size() + text.size() > ids_bytes_max) {
            break;
        }
        ids += (ids.empty() ? "" : " ") + text;
    }
    return ids;
}

std::string_view name_of(PageShape::By by) {
    switch (by) {
        case By::link:
            return "link";
        case By::url:
            return "url";
        case By::token:
            return "token";
        case By::position:
            break;
    }
    return "position";
}

}  // namespace

void cap_page(const PageShape& shape, std::size_t items, Incoming& incoming) {
    if (shape.size.empty() || incoming.request->method() != "GET") {
        return;
    }
    const auto asked =
        std::ranges::find(incoming.query, shape.size, &std::pair<std::string, std::string>::first);
    if (asked == incoming.query.end()) {
        incoming.query.emplace_back(shape.size, std::to_string(items));
        return;
    }
    asked->second =
        std::to_string(std::min(number_in(asked->second).value_or(shape.size_default), items));
}

PageAsk read_page_ask(const PageShape& shape, const Incoming& incoming, std::string_view path,
                      std::map<std::string, std::string>& facts) {
    PageAsk ask{.shape = &shape, .base_url = incoming.base_url};
    facts["page_by"] = name_of(shape.by);
    if (!shape.queries.empty()) {
        read_batch(shape, incoming, ask, facts);
        return ask;
    }
    auto arguments = arguments_of(incoming);
    const auto size = value_of(arguments, shape.size);
    ask.size =
        std::clamp<std::size_t>(number_in(size).value_or(shape.size_default), 1, shape.size_max);
    facts["page_size"] = fmt::format("{}/{}", size, shape.size_max);
    const auto asked = value_of(arguments, shape.asked);
    PageOfList page{.list = list_id(shape, incoming, std::move(arguments), facts)};
    if (!asked.empty() && asked != shape.first) {
        page.token = by_url(shape)
                         ? shown_target(fmt::format("{}?{}", path, incoming.request->url().query()))
                         : shown(asked);
        facts["page_asked"] = page.token;
    }
    facts["list"] = page.list;
    ask.lists.push_back(std::move(page));
    return ask;
}

void note_page(const PageAsk& ask, const http::Response& answer,
               std::map<std::string, std::string>& facts) {
    const PageShape& shape = *ask.shape;
    const auto document = answer.status() == 200 ? http::JsonDocument::parse(answer.body())
                                                 : fail(ErrorKind::invalid_argument, "");
    if (!document || ask.lists.empty()) {
        return;
    }
    const auto root = document->root();
    if (!shape.results.empty()) {
        std::string text;
        std::size_t index = 0;
        for (const auto result : root[shape.results].elements()) {
            const auto next = result.at_pointer(shape.next).string_or("");
            if (index < std::min(ask.lists.size(), batch_max) && !next.empty()) {
                text += fmt::format("{}{}={}", text.empty() ? "" : " ", ask.lists[index].list,
                                    shown(next));
            }
            ++index;
        }
        facts["batch_next"] = std::move(text);
        return;
    }
    const auto items = shape.items.empty() ? root : root[shape.items];
    if (!items.is_array() && !shape.drops_empty) {
        return;
    }
    facts["page_items"] = std::to_string(items.size());
    facts["page_ids"] = ids_of(shape, items);
    std::string next;
    if (shape.by == By::position) {
        next = counted(shape, ask, ask.lists.front(),
                       root[shape.total].unsigned_integer().value_or(0));
    } else {
        next = shape.by == By::link ? link_next(answer)
                                    : std::string(root.at_pointer(shape.next).string_or(""));
        next = next.empty() ? next : normal(shape, ask.base_url, next);
    }
    if (!next.empty()) {
        facts["page_next"] = std::move(next);
    }
}

// One page in work.
struct PageBook::Turn {
    const PageAsk& ask;
    const PageOfList& page;
    /// The object or array that is the page.
    json::value& body;
    http::Response& answer;
    bool changed = false;
    bool bent = false;

    [[nodiscard]] const PageShape& shape() const { return *ask.shape; }
    [[nodiscard]] json::array items() const;
    void set_items(json::array items);
    [[nodiscard]] std::string next() const;
    void set_next(const std::string& next);
    [[nodiscard]] std::uint64_t total() const;
    [[nodiscard]] json::object* next_parent(std::string_view& member);
    void set_link(const std::string& next);
    void miscount();
    void stop_at_cap();
};

json::array PageBook::Turn::items() const {
    if (shape().items.empty()) {
        return body.is_array() ? body.get_array() : json::array();
    }
    const auto* found = body.is_object() ? body.get_object().if_contains(shape().items) : nullptr;
    return found != nullptr && found->is_array() ? found->get_array() : json::array();
}

void PageBook::Turn::set_items(json::array items) {
    changed = true;
    if (shape().items.empty()) {
        body = std::move(items);
    } else if (items.empty() && shape().drops_empty) {
        body.as_object().erase(shape().items);
    } else {
        body.as_object()[shape().items] = std::move(items);
    }
}

std::uint64_t PageBook::Turn::total() const {
    const auto* found = body.is_object() ? body.get_object().if_contains(shape().total) : nullptr;
    return found != nullptr && found->is_int64() && found->get_int64() > 0
               ? static_cast<std::uint64_t>(found->get_int64())
               : 0;
}

std::string PageBook::Turn::next() const {
    if (shape().by == By::position) {
        return counted(shape(), ask, page, total());
    }
    if (shape().by == By::link) {
        return link_next(answer);
    }
    const json::value* at = &body;
    std::string_view pointer = shape().next;
    while (!pointer.empty() && at != nullptr) {
        const auto slash = std::min(pointer.find('/', 1), pointer.size());
        at = at->is_object() ? at->get_object().if_contains(pointer.substr(1, slash - 1)) : nullptr;
        pointer.remove_prefix(slash);
    }
    return at != nullptr && at->is_string() ? std::string(at->get_string()) : std::string();
}

// The object that holds the token; made where it is not there.
json::object* PageBook::Turn::next_parent(std::string_view& member) {
    json::value* at = &body;
    std::string_view pointer = shape().next;
    while (at->is_object()) {
        const auto slash = pointer.find('/', 1);
        member = pointer.substr(1, slash - 1);
        if (slash == std::string_view::npos) {
            return &at->get_object();
        }
        auto& below = at->get_object()[member];
        if (!below.is_object()) {
            below = json::object();
        }
        at = &below;
        pointer.remove_prefix(slash);
    }
    return nullptr;
}

void PageBook::Turn::set_link(const std::string& next) {
    std::string field(answer.headers().value("link"));
    const auto old = link_next(answer);
    if (const auto at = field.find("<" + old + ">"); !old.empty() && at != std::string::npos) {
        field.replace(at + 1, old.size(), next);
    } else {
        field += fmt::format("{}<{}>; rel=\"next\"", field.empty() ? "" : ", ", next);
    }
    answer.header("link", field);
}

void PageBook::Turn::set_next(const std::string& next) {
    changed = true;
    if (shape().by == By::link) {
        set_link(next);
        return;
    }
    std::string_view member;
    auto* parent = next_parent(member);
    if (parent == nullptr) {
        return;
    }
    if (!next.empty()) {
        (*parent)[member] = next;
    } else if (shape().none.empty()) {
        parent->erase(member);
    } else if (shape().none == "null") {
        (*parent)[member] = nullptr;
    } else {
        (*parent)[member] = "";
    }
    if (!shape().more.empty()) {
        body.as_object()[shape().more] = !next.empty();
    }
}

void PageBook::Turn::miscount() {
    auto* object = body.if_object();
    if (object == nullptr || shape().total.empty()) {
        return;
    }
    (*object)[shape().total] = total() + ask.size;
    if (const auto* pages = object->if_contains("pages"); pages != nullptr && pages->is_int64()) {
        (*object)["pages"] = pages->get_int64() + 1;
    }
    changed = bent = true;
}

void PageBook::Turn::stop_at_cap() {
    if (shape().cap.empty() || !body.is_object()) {
        return;
    }
    set_next("");
    body.get_object()[shape().cap] = to_value(http::JsonDocument::parse(shape().cap_text)->root());
    bent = true;
}

const PageBook::Issued* PageBook::find(const PageOfList& page) const {
    const auto found = issued_.find(page.list + '\n' + page.token);
    return page.token.empty() || found == issued_.end() ? nullptr : &found->second;
}

void PageBook::remember(const Turn& turn, const std::string& next, std::vector<std::string> held,
                        std::string last_item) {
    const auto* here = find(turn.page);
    const auto key = turn.page.list + '\n' + normal(turn.shape(), turn.ask.base_url, next);
    Issued issued{.raw = next,
                  .by_raw = here != nullptr ? here->raw : std::string(),
                  .last_item = std::move(last_item),
                  .held = std::move(held)};
    if (turn.page.token.empty()) {
        second_[turn.page.list] = next;
    }
    if (issued_.insert_or_assign(key, std::move(issued)).second) {
        order_.push_back(key);
    }
    while (order_.size() > tokens_max) {
        issued_.erase(order_.front());
        order_.pop_front();
    }
}

// Where the page leads instead; empty: where it led.
std::string PageBook::elsewhere(const Turn& turn, PageFault fault, const std::string& next,
                                const std::string& foreign_origin) {
    if (fault == PageFault::foreign_next) {
        const auto url = http::Url::parse(next);
        return by_url(turn.shape()) && url ? foreign_origin + url->target() : "";
    }
    if (turn.shape().by == By::position) {
        return "";
    }
    const auto* here = find(turn.page);
    if (fault == PageFault::loop) {
        return next.empty() ? second_[turn.page.list] : "";
    }
    if (here == nullptr) {
        return "";
    }
    return fault == PageFault::cycle ? here->by_raw : fault == PageFault::repeat ? here->raw : "";
}

void PageBook::turn_one(Turn& turn, PageFault fault, const std::string& foreign_origin) {
    const auto next = turn.next();
    const auto* here = find(turn.page);
    auto items = turn.items();
    const auto last = items.empty() ? std::string() : json::serialize(items.back());
    if (here != nullptr && !here->held.empty()) {
        json::array all;
        for (const auto& text : here->held) {
            all.push_back(to_value(http::JsonDocument::parse(text)->root()));
        }
        all.insert(all.end(), items.begin(), items.end());
        items = std::move(all);
        turn.set_items(items);
    }
    std::vector<std::string> held;
    if (fault == PageFault::empty_with_token && !next.empty() && !items.empty()) {
        for (const auto& item : items) {
            held.push_back(json::serialize(item));
        }
        turn.set_items({});
        turn.bent = true;
    } else if (fault == PageFault::moving && here != nullptr && !here->last_item.empty()) {
        items.insert(items.begin(), to_value(http::JsonDocument::parse(here->last_item)->root()));
        turn.set_items(items);
        turn.bent = true;
    } else if (fault == PageFault::count_mismatch) {
        turn.miscount();
    } else if (fault == PageFault::incomplete && !next.empty()) {
        turn.stop_at_cap();
    } else if (const auto to = elsewhere(turn, fault, next, foreign_origin); !to.empty()) {
        turn.set_next(to);
        turn.bent = true;
    }
    if (!next.empty()) {
        remember(turn, next, std::move(held), last);
    }
}

void PageBook::turn(const PageAsk& ask, PageFault fault, const std::string& foreign_origin,
                    http::Response& answer, std::map<std::string, std::string>& facts) {
    const auto document = answer.status() == 200 ? http::JsonDocument::parse(answer.body())
                                                 : fail(ErrorKind::invalid_argument, "");
    if (!document || ask.lists.empty()) {
        return;
    }
    auto body = to_value(document->root());
    const auto before = body;
    bool changed = false;
    bool bent = false;
    const auto one = [&](const PageOfList& page, json::value& value) {
        Turn turn{.ask = ask, .page = page, .body = value, .answer = answer};
        turn_one(turn, fault, foreign_origin);
        changed = changed || turn.changed;
        bent = bent || turn.bent;
    };
    if (ask.shape->results.empty()) {
        one(ask.lists.front(), body);
    } else if (auto* results =
                   body.is_object() ? body.get_object().if_contains(ask.shape->results) : nullptr;
               results != nullptr && results->is_array()) {
        auto& all = results->get_array();
        for (std::size_t i = 0; i < std::min(all.size(), ask.lists.size()); ++i) {
            one(ask.lists[i], all[i]);
        }
    }
    if (changed && body != before) {
        answer.body(json::serialize(body));
        answer.headers().remove("etag");  // it was that of another body
    }
    if (bent) {
        facts["page_fault"] = to_string(fault);
    }
}

void PageBook::clear() {
    issued_.clear();
    order_.clear();
    second_.clear();
}

}  // namespace apilab::sandbox::internal
