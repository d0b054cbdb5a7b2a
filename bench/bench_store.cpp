// Jobs a second through the store on SQLite, claimed and completed by 64, beside the least that
// SQLite needs for the same: one row that is taken and one that is marked, in as many commits.

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "apilab/work/sqlite_store.hpp"

namespace {

using namespace apilab;

constexpr int batch = 64;
constexpr int batches = 100;
constexpr int jobs = batch * batches;
constexpr int rounds = 7;
const std::string payload(512, 'x');

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

template <class T>
T must(Result<T> result) {
    if (!result) {
        std::printf("%s\n", result.error().to_string().c_str());
        std::exit(1);
    }
    return *std::move(result);
}

void must(const Result<void>& result) {
    if (!result) {
        std::printf("%s\n", result.error().to_string().c_str());
        std::exit(1);
    }
}

double ours(const std::filesystem::path& file) {
    const SystemTime now(std::chrono::seconds(1'764'000'000));
    const auto store = must(work::SqliteStore::open(file));
    must(store->begin());
    for (int i = 0; i < jobs; ++i) {
        (void)must(store->enqueue({.kind = "bench", .payload = payload}, now));
    }
    must(store->commit());
    const double begun = seconds();
    for (int i = 0; i < batches; ++i) {
        const auto claimed = must(store->claim({.limit = batch, .worker = "bench"}, now));
        must(store->begin());
        for (const work::Job& job : claimed) {
            (void)must(store->complete(job.ref, {}, false, now));
        }
        must(store->commit());
    }
    return jobs / (seconds() - begun);
}

double raw(const std::filesystem::path& file) {
    SQLite::Database db(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    db.exec("CREATE TABLE job (id INTEGER PRIMARY KEY, state TEXT, due INTEGER, payload BLOB)");
    db.exec("CREATE INDEX ready ON job (due, id) WHERE state = 'available'");
    db.exec("BEGIN");
    SQLite::Statement add(db, "INSERT INTO job (state, due, payload) VALUES ('available', 1, ?1)");
    for (int i = 0; i < jobs; ++i) {
        add.bind(1, payload.data(), static_cast<int>(payload.size()));
        add.exec();
        add.reset();
    }
    db.exec("COMMIT");
    SQLite::Statement claim(db,
                            "UPDATE job SET state = 'running' WHERE id IN (SELECT id FROM job "
                            "WHERE state = 'available' AND due <= 1 ORDER BY due, id LIMIT 64) "
                            "RETURNING id, payload");
    SQLite::Statement done(db, "UPDATE job SET state = 'done' WHERE id = ?1");
    const double begun = seconds();
    std::size_t bytes = 0;
    for (int i = 0; i < batches; ++i) {
        std::vector<std::int64_t> ids;
        while (claim.executeStep()) {
            ids.push_back(claim.getColumn(0).getInt64());
            bytes += claim.getColumn(1).getString().size();
        }
        claim.reset();
        db.exec("BEGIN IMMEDIATE");
        for (const std::int64_t id : ids) {
            done.bind(1, id);
            done.exec();
            done.reset();
        }
        db.exec("COMMIT");
    }
    const double rate = jobs / (seconds() - begun);
    return bytes == payload.size() * jobs ? rate : 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path folder =
        (argc > 1 ? std::filesystem::path(argv[1]) : std::filesystem::temp_directory_path()) /
        "bench_store";
    std::vector<double> ratios;
    for (int i = 0; i < rounds; ++i) {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
        const double least = raw(folder / "raw.db");
        const double store = ours(folder / "work.db");
        ratios.push_back(store / least);
        std::printf("store %8.0f jobs/s   SQLite alone %8.0f jobs/s   ratio %.2f\n", store, least,
                    ratios.back());
    }
    std::filesystem::remove_all(folder);
    std::ranges::sort(ratios);
    std::printf("median ratio %.2f (%.2f to %.2f), the bar is 0.5\n", ratios[rounds / 2],
                ratios.front(), ratios.back());
}
