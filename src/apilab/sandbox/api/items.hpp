#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/json.hpp"

namespace apilab::sandbox::api {

/// One piece of work about a package of the npm world, so that lists can be joined by `package`.
struct Item {
    std::int64_t number = 0;
    std::string title;
    /// An npm package of the seed world, such as `lodash`.
    std::string package;
    /// `open` or `closed`.
    std::string state;
    /// In alphabetical order.
    std::vector<std::string> labels;
    SystemTime created;
    SystemTime updated;

    /// `itm_0042`.
    [[nodiscard]] std::string id() const;
    [[nodiscard]] std::string to_text() const;
};

/// Which items a list is about: all given conditions hold together.
struct ItemFilter {
    /// Empty: any.
    std::string state;
    /// All of them.
    std::vector<std::string> labels;
    /// Changed then or later.
    std::optional<SystemTime> since;

    [[nodiscard]] bool takes(const Item& item) const;
};

/// The items of a world: those of the seed, numbered from 1, and what clients added.
class Items {
public:
    /// Default 160 items; `seed` decides states, labels, packages and times.
    explicit Items(std::uint64_t seed);

    /// Those that the filter takes, newest number first. They stay where they are until the next
    /// change.
    [[nodiscard]] std::vector<const Item*> list(const ItemFilter& filter) const;
    /// By id; null where there is none.
    [[nodiscard]] const Item* find(std::string_view id) const;
    /// A new item from `{"title", "package", "state", "labels"}` (only the title is needed). Error:
    /// `invalid_argument` whose detail is the pointer of the field. At most 10,000 beside those of
    /// the seed.
    [[nodiscard]] Result<Item> create(http::Json fields, SystemTime now);
    /// Changes the fields that are there. Errors as of `create`.
    [[nodiscard]] Result<Item> change(std::string_view id, http::Json fields, SystemTime now);
    bool remove(std::string_view id);
    /// So many from the seed at the next `reset`; 0: the default.
    void set_size(std::size_t items) { seeded_ = items == 0 ? seeded_default : items; }
    void reset();

private:
    static constexpr std::size_t seeded_default = 160;
    std::uint64_t seed_;
    std::size_t seeded_ = seeded_default;
    std::deque<Item> items_;
    std::int64_t last_number_ = 0;
};

}  // namespace apilab::sandbox::api
