// fill_radar FILE COUNT: a SQLite store with so many decisions in it, as radar keeps them.

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "apilab/base/clock.hpp"
#include "apilab/base/try.hpp"
#include "apilab/radar/service/item.hpp"
#include "apilab/radar/service/state.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace {

using namespace apilab;

// One of forty projects; what a person reads is about as long as in life.
radar::Item item_of(int number, SystemTime now) {
    radar::Item item;
    item.watch = fmt::format("project-{}", number % 40);
    auto& decision = item.decision;
    decision.package = fmt::format("@scope/package-{}", number);
    decision.installed = {fmt::format("1.{}.0", number % 30)};
    decision.advisories = {fmt::format("GHSA-{:04}-{:04}-aaaa", number % 9999, number / 7 % 9999)};
    decision.command = fmt::format("npm install {}@1.{}.1", decision.package, number % 30);
    decision.score = number % 500;
    decision.notes = {std::string(200, 'n')};
    item.fingerprint = radar::fingerprint_of(decision);
    item.first_seen = item.last_seen = now;
    item.revision = 1;
    return item;
}

Result<void> fill(const std::string& file, int count) {
    APILAB_TRY(const auto store, work::SqliteStore::open(file));
    const auto now = RealClock().system_now();
    APILAB_CHECK(store->begin());
    for (int i = 0; i < count; ++i) {
        const auto item = item_of(i, now);
        APILAB_TRY(
            [[maybe_unused]] const auto version,
            store->put_document(radar::item_kind, item.key(), radar::item_json(item), 0, now));
    }
    return store->commit();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        fmt::print(stderr, "usage: fill_radar FILE COUNT\n");
        return 2;
    }
    if (const auto filled = fill(argv[1], std::atoi(argv[2])); !filled) {
        fmt::print(stderr, "{}\n", filled.error().to_string());
        return 1;
    }
    return 0;
}
