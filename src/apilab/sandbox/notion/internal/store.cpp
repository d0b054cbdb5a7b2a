#include "apilab/sandbox/notion/internal/store.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "apilab/base/ascii.hpp"
#include "apilab/sandbox/internal/digest.hpp"
#include "apilab/sandbox/notion/internal/rich_text.hpp"
#include "apilab/sandbox/notion/internal/seed_world.hpp"

namespace apilab::sandbox::notion {
namespace {

// A UUID of version 4 made from a name.
std::string uuid(std::uint64_t seed, std::string_view name) {
    auto hex = internal::sha256_hex(fmt::format("apilab notion {} {}", seed, name)).substr(0, 32);
    hex[12] = '4';
    hex[16] = '8';
    return canonical_id(hex);
}

}  // namespace

std::string database_id_of(std::uint64_t seed) {
    return uuid(seed, "database");
}

std::string data_source_id_of(std::uint64_t seed) {
    return uuid(seed, "data source");
}

std::string canonical_id(std::string_view id) {
    std::string hex;
    for (const char c : id) {
        if (c == '-') {
            continue;
        }
        const char low = ascii_lower(c);
        if (!ascii_digit(low) && (low < 'a' || low > 'f')) {
            return {};
        }
        hex += low;
    }
    return hex.size() != 32 ? std::string()
                            : fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4),
                                          hex.substr(12, 4), hex.substr(16, 4), hex.substr(20));
}

std::string minute_of(SystemTime time) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(time);
    const auto epoch = std::chrono::duration_cast<std::chrono::seconds>(minute.time_since_epoch());
    return fmt::format("{:%Y-%m-%dT%H:%M}:00.000Z", fmt::gmtime(std::time_t(epoch.count())));
}

std::string instant_of(SystemTime time) {
    const auto epoch =
        std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}+00:00", fmt::gmtime(std::time_t(epoch / 1000)),
                       epoch % 1000);
}

Store::Store(std::uint64_t seed)
    : seed_(seed), database_id_(database_id_of(seed)), data_source_id_(data_source_id_of(seed)) {
    reset();
}

void Store::reset(std::size_t pages_made) {
    ids_ = 0;
    pages.clear();
    blocks.clear();
    data_sources.clear();
    databases.clear();
    comments.clear();
    files.clear();
    fill_with_seed(*this, pages_made);
}

std::string Store::home_id() const {
    return id_of("home");
}

const Schema& Store::schema_of(const Page& page) const {
    const DataSource* source =
        page.parent.kind == "data_source_id" ? data_sources.find(page.parent.id) : nullptr;
    return source == nullptr ? title_only() : source->schema;
}

std::vector<std::string>* Store::children_of(std::string_view id) const {
    if (Page* page = pages.find(id)) {
        return &page->children;
    }
    Block* block = blocks.find(id);
    return block == nullptr ? nullptr : &block->children;
}

bool Store::alive(std::string_view id) const {
    if (const Block* block = blocks.find(id)) {
        return !block->in_trash;
    }
    if (const Page* page = pages.find(id)) {
        return !page->in_trash;
    }
    const Database* database = databases.find(id);
    return database != nullptr && !database->in_trash;
}

std::string Store::text_of(const Page& page, std::string_view property) const {
    const auto* found = find_property(schema_of(page), property);
    const auto* value = found == nullptr ? nullptr : page.values.if_contains(found->id);
    const auto* pieces = value == nullptr ? nullptr : value->if_array();
    return pieces == nullptr ? std::string() : plain_text(*pieces);
}

std::string Store::title_of(const Page& page) const {
    return text_of(page, "title");
}

std::string Store::next_id() {
    return id_of(fmt::format("id {}", ++ids_));
}

std::string Store::id_of(std::string_view name) const {
    return uuid(seed_, name);
}

}  // namespace apilab::sandbox::notion
