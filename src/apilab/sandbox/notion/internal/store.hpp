#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox::notion {

/// A page with its property values in full form, and the blocks below it.
struct Page {
    /// With dashes.
    std::string id;
    std::string created;
    std::string edited;
    /// Empty: the page stands in the data source, else below that page.
    std::string parent_page;
    bool in_trash = false;
    boost::json::object properties;
    std::vector<boost::json::object> blocks;
    /// Made by a client, not part of the seed world.
    bool ours = false;
};

/// What the emulated workspace holds: one database with one data source of 130 pages. Its ids come
/// from the seed (`APILAB_NOTION_DB`, `APILAB_NOTION_DS`).
class Store {
public:
    explicit Store(std::uint64_t seed);

    [[nodiscard]] const std::string& database_id() const { return database_id_; }
    [[nodiscard]] const std::string& data_source_id() const { return data_source_id_; }
    /// In the order of creation; pages below other pages too.
    [[nodiscard]] const std::vector<Page>& pages() const { return pages_; }
    /// By id, dashes or none; null where there is none. Valid until the next `add` or `reset`.
    [[nodiscard]] Page* find(std::string_view id);
    /// An id of its own is set here. Valid as of `find`.
    Page& add(Page page);
    /// A fresh id: the same one in the same order for the same seed.
    [[nodiscard]] std::string next_id();
    /// Puts the seed world back.
    void reset();

private:
    std::uint64_t seed_;
    std::uint64_t ids_ = 0;
    std::string database_id_;
    std::string data_source_id_;
    std::vector<Page> pages_;
};

/// The names a data source's environment variables have their values from.
[[nodiscard]] std::string database_id_of(std::uint64_t seed);
[[nodiscard]] std::string data_source_id_of(std::uint64_t seed);
/// The same id with dashes and in lower case; empty for what is no UUID.
[[nodiscard]] std::string canonical_id(std::string_view id);
/// `2026-07-04T09:08:00.000Z`: rounded down to the minute, as the real one does for pages.
[[nodiscard]] std::string minute_of(SystemTime time);

}  // namespace apilab::sandbox::notion
