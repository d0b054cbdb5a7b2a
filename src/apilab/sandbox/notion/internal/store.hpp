#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/notion/internal/schema.hpp"

namespace apilab::sandbox::notion {

inline constexpr std::string_view bot_user_id = "7d3f1c9a-52c4-4f0e-9b1d-0a11ab000001";

/// Where a thing stands.
struct Parent {
    /// `page_id`, `data_source_id`, `database_id`, `block_id` or `workspace`.
    std::string kind = "workspace";
    std::string id;
};

/// A page: its values by property id, as `full_value` (values.hpp) gives them.
struct Page {
    /// With dashes.
    std::string id;
    std::string created;
    std::string edited;
    Parent parent;
    bool in_trash = false;
    bool is_locked = false;
    boost::json::value icon;
    boost::json::value cover;
    boost::json::object values;
    /// Ids of blocks, pages and databases below it, in order.
    std::vector<std::string> children;
    std::string author = std::string(bot_user_id);
    /// Counts the pages of its data source, for `unique_id`.
    std::int64_t number = 0;
    /// Made by a client, not part of the seed world.
    bool ours = false;
};

struct Block {
    std::string id;
    Parent parent;
    std::string type;
    boost::json::object content;
    std::string created;
    std::string edited;
    bool in_trash = false;
    std::vector<std::string> children;
};

struct DataSource {
    std::string id;
    std::string database;
    boost::json::array title;
    boost::json::array description;
    boost::json::value icon;
    boost::json::value cover;
    Schema schema;
    std::string created;
    std::string edited;
    bool in_trash = false;
    /// Pages made so far.
    std::int64_t pages = 0;
};

struct Database {
    std::string id;
    Parent parent;
    boost::json::array title;
    boost::json::array description;
    boost::json::value icon;
    boost::json::value cover;
    /// Unlike pages, with microseconds and an offset (providers/notion, "Endpoints").
    std::string created;
    std::string edited;
    std::vector<std::string> data_sources;
    bool is_inline = false;
    bool in_trash = false;
};

struct Comment {
    std::string id;
    Parent parent;
    std::string discussion;
    std::string created;
    std::string edited;
    boost::json::array text;
    bool gone = false;
};

struct FileUpload {
    std::string id;
    std::string created;
    SystemTime expires;
    std::string status = "pending";
    std::string mode;
    std::string filename;
    std::string content_type;
    std::int64_t parts = 1;
    std::int64_t parts_sent = 0;
    std::int64_t bytes = 0;
};

/// Things by id that are never moved while they are there, in the order they were made.
template <typename Thing>
class Shelf {
public:
    [[nodiscard]] const std::deque<Thing>& all() const { return all_; }
    [[nodiscard]] std::deque<Thing>& all() { return all_; }
    /// Null where there is none of that id.
    [[nodiscard]] Thing* find(std::string_view id) const {
        const auto found = by_id_.find(id);
        return found == by_id_.end() ? nullptr : found->second;
    }
    Thing& add(Thing thing) {
        all_.push_back(std::move(thing));
        by_id_.emplace(all_.back().id, &all_.back());
        return all_.back();
    }
    void clear() {
        by_id_.clear();
        all_.clear();
    }

private:
    std::deque<Thing> all_;
    std::map<std::string, Thing*, std::less<>> by_id_;
};

/// What the emulated workspace holds: one database with one data source of 130 pages that has every
/// type of property, and a page with blocks of every type, nested. Its ids come from the seed
/// (`APILAB_NOTION_DB`, `APILAB_NOTION_DS`).
class Store {
public:
    static constexpr std::size_t seed_pages = 130;

    explicit Store(std::uint64_t seed);
    /// `Shelf` holds pointers.
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

    Shelf<Page> pages;
    Shelf<Block> blocks;
    Shelf<DataSource> data_sources;
    Shelf<Database> databases;
    Shelf<Comment> comments;
    Shelf<FileUpload> files;

    [[nodiscard]] const std::string& database_id() const { return database_id_; }
    [[nodiscard]] const std::string& data_source_id() const { return data_source_id_; }
    /// The page that the database stands in.
    [[nodiscard]] std::string home_id() const;
    /// The properties of a page: those of its data source, or a title alone.
    [[nodiscard]] const Schema& schema_of(const Page& page) const;
    /// What hangs below a page or block; null where there is neither.
    [[nodiscard]] std::vector<std::string>* children_of(std::string_view id) const;
    /// Is there a page, block or database of that id that is not in the trash?
    [[nodiscard]] bool alive(std::string_view id) const;
    /// The text of a `title` or `rich_text` property by its name; empty where there is none.
    [[nodiscard]] std::string text_of(const Page& page, std::string_view property) const;
    /// Of the property that is the title.
    [[nodiscard]] std::string title_of(const Page& page) const;

    /// A fresh id: the same one in the same order for the same seed.
    [[nodiscard]] std::string next_id();
    /// An id for what has a name.
    [[nodiscard]] std::string id_of(std::string_view name) const;
    /// Puts the seed world back, with so many pages in its data source.
    void reset(std::size_t pages_made = seed_pages);

private:
    std::uint64_t seed_;
    std::uint64_t ids_ = 0;
    std::string database_id_;
    std::string data_source_id_;
};

/// The names a data source's environment variables have their values from.
[[nodiscard]] std::string database_id_of(std::uint64_t seed);
[[nodiscard]] std::string data_source_id_of(std::uint64_t seed);
/// The same id with dashes and in lower case; empty for what is no UUID.
[[nodiscard]] std::string canonical_id(std::string_view id);
/// `2026-07-04T09:08:00.000Z`: rounded down to the minute, as the real one does for pages.
[[nodiscard]] std::string minute_of(SystemTime time);
/// `2026-07-04T09:09:45.607+00:00`: as databases and views have it.
[[nodiscard]] std::string instant_of(SystemTime time);

}  // namespace apilab::sandbox::notion
