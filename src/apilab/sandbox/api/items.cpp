#include "apilab/sandbox/api/items.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "apilab/base/rng.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"

namespace apilab::sandbox::api {
namespace {

constexpr std::size_t items_max = 10'000;
constexpr std::size_t title_max = 200;
constexpr std::array packages{"axios",  "debug",  "express",      "follow-redirects",
                              "ip",     "lodash", "jsonwebtoken", "left-box",
                              "cookie", "depd",   "handlebars",   "@octo/util"};
constexpr std::array known_labels{"bug", "docs", "help wanted", "security", "upgrade"};
constexpr std::array tasks{"Review the upgrade of", "Read the changelog of", "Pin",
                           "Test the next version of", "Replace"};

// 2026-01-05T09:00:00Z: a Monday morning before everything else in the seed world.
constexpr SystemTime epoch{std::chrono::seconds(1'767'603'600)};

template <class Array>
const char* pick(const Array& from, Rng& rng) {
    return from[static_cast<std::size_t>(
        rng.between(0, static_cast<std::int64_t>(from.size()) - 1))];
}

Item seeded_item(std::int64_t number, Rng& rng) {
    Item item;
    item.number = number;
    item.package = pick(packages, rng);
    item.title = fmt::format("{} {}", pick(tasks, rng), item.package);
    item.state = rng.between(0, 2) == 0 ? "closed" : "open";
    for (const char* label : known_labels) {
        if (rng.between(0, 3) == 0) {
            item.labels.emplace_back(label);
        }
    }
    item.created = epoch + std::chrono::hours(36) * number;
    item.updated = item.created + std::chrono::minutes(rng.between(0, 60 * 24 * 30));
    return item;
}

std::unexpected<Error> bad_field(std::string_view pointer, std::string_view what) {
    return fail(Error(ErrorKind::invalid_argument, fmt::format("{}: {}", pointer, what))
                    .with_detail(std::string(pointer)));
}

Result<void> read_labels(http::Json from, Item& item) {
    if (!from.is_array() || from.size() > 20) {
        return bad_field("/labels", "expected an array of at most 20 strings");
    }
    std::vector<std::string> labels;
    for (const auto entry : from.elements()) {
        const auto text = entry.string();
        if (!text || text->empty() || text->size() > 50) {
            return bad_field("/labels", "expected strings of 1 to 50 bytes");
        }
        labels.emplace_back(*text);
    }
    std::ranges::sort(labels);
    item.labels = std::move(labels);
    return {};
}

Result<void> read_fields(http::Json fields, Item& item) {
    if (!fields.is_object()) {
        return bad_field("", "expected an object");
    }
    for (const auto& [name, text] :
         {std::pair("title", &item.title), std::pair("package", &item.package)}) {
        if (const auto value = fields[name]; !value.missing()) {
            const auto given = value.string();
            if (!given || given->empty() || given->size() > title_max) {
                return bad_field(fmt::format("/{}", name), "expected a string of 1 to 200 bytes");
            }
            *text = *given;
        }
    }
    if (const auto state = fields["state"]; !state.missing()) {
        item.state = state.string_or("");
        if (item.state != "open" && item.state != "closed") {
            return bad_field("/state", "expected open or closed");
        }
    }
    if (const auto labels = fields["labels"]; !labels.missing()) {
        APILAB_CHECK(read_labels(labels, item));
    }
    return {};
}

}  // namespace

std::string Item::id() const {
    return fmt::format("itm_{:04}", number);
}

std::string Item::to_text() const {
    return boost::json::serialize(
        boost::json::object{{"id", id()},
                            {"number", number},
                            {"title", title},
                            {"package", package},
                            {"state", state},
                            {"labels", boost::json::array(labels.begin(), labels.end())},
                            {"created_at", http::format_iso_time(created)},
                            {"updated_at", http::format_iso_time(updated)}});
}

bool ItemFilter::takes(const Item& item) const {
    return (state.empty() || item.state == state) && (!since || item.updated >= *since) &&
           std::ranges::all_of(labels, [&](const std::string& label) {
               return std::ranges::find(item.labels, label) != item.labels.end();
           });
}

Items::Items(std::uint64_t seed) : seed_(seed) {
    reset();
}

void Items::reset() {
    SeededRng rng(seed_);
    items_.clear();
    last_number_ = static_cast<std::int64_t>(seeded_);
    for (std::int64_t number = 1; number <= last_number_; ++number) {
        items_.push_back(seeded_item(number, rng));
    }
}

std::vector<const Item*> Items::list(const ItemFilter& filter) const {
    std::vector<const Item*> found;
    for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
        if (filter.takes(*item)) {
            found.push_back(&*item);
        }
    }
    return found;
}

const Item* Items::find(std::string_view id) const {
    const auto found =
        std::ranges::find_if(items_, [&](const Item& item) { return item.id() == id; });
    return found == items_.end() ? nullptr : &*found;
}

Result<Item> Items::create(http::Json fields, SystemTime now) {
    if (items_.size() >= items_max + seeded_) {
        return fail(ErrorKind::too_large, "10,000 items were added already");
    }
    Item item{.state = "open", .created = now, .updated = now};
    APILAB_CHECK(read_fields(fields, item));
    if (item.title.empty()) {
        return bad_field("/title", "expected a string of 1 to 200 bytes");
    }
    item.number = ++last_number_;
    items_.push_back(item);
    return item;
}

Result<Item> Items::change(std::string_view id, http::Json fields, SystemTime now) {
    const auto found =
        std::ranges::find_if(items_, [&](const Item& item) { return item.id() == id; });
    if (found == items_.end()) {
        return fail(ErrorKind::invalid_argument, "no such item");
    }
    Item changed = *found;
    APILAB_CHECK(read_fields(fields, changed));
    changed.updated = now;
    *found = changed;
    return changed;
}

bool Items::remove(std::string_view id) {
    return std::erase_if(items_, [&](const Item& item) { return item.id() == id; }) > 0;
}

}  // namespace apilab::sandbox::api
