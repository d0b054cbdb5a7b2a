#include "apilab/work/snapshot.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>

#include "apilab/base/error.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/private_file.hpp"
#include "apilab/base/temporary_folder.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/http/json.hpp"
#include "apilab/work/internal/hashed_copy.hpp"
#include "apilab/work/internal/option_range.hpp"
#include "apilab/work/internal/snapshot_database.hpp"
#include "apilab/work/sqlite_store.hpp"

namespace apilab::work {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t manifest_max = std::size_t{64} << 10U;
constexpr std::string_view manifest_format = "apilab-snapshot-1";
constexpr std::string_view suffix = ".db";

fs::path manifest_of(const fs::path& file) {
    return file.string() + ".json";
}

// `20261122T100000.123Z`: sorts by time, and is a name on every file system.
std::string stamp(SystemTime time) {
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto second = std::chrono::floor<std::chrono::seconds>(ms);
    std::string text = http::format_iso_time(second);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    text.pop_back();
    return fmt::format("{}.{:03}Z", text, (ms - second).count());
}

std::string iso(SystemTime time) {
    return http::format_iso_time(std::chrono::floor<std::chrono::seconds>(time));
}

std::string manifest_json(const Snapshot& snapshot) {
    std::string counts;
    for (const auto& [table, rows] : snapshot.counts) {
        counts += fmt::format("{}{}:{}", counts.empty() ? "" : ",", http::json_quote(table), rows);
    }
    return fmt::format(
        "{{\"format\":{},\"file\":{},\"taken\":{},\"bytes\":{},\"sha256\":{},\"schema\":{},"
        "\"counts\":{{{}}},\"drilled\":{}}}\n",
        http::json_quote(manifest_format), http::json_quote(snapshot.file.filename().string()),
        http::json_quote(iso(snapshot.taken)), snapshot.bytes, http::json_quote(snapshot.sha256),
        snapshot.schema, counts,
        snapshot.drilled ? http::json_quote(iso(*snapshot.drilled)) : "null");
}

std::unexpected<Error> bad_manifest(const fs::path& file, std::string_view field) {
    return fail(Error(ErrorKind::decode, fmt::format("{}: {} is not as it should be",
                                                     manifest_of(file).string(), field))
                    .with_detail(std::string(field))
                    .with_remedy("use another snapshot"));
}

std::unexpected<Error> damaged(const fs::path& file, std::string_view detail, std::string what) {
    return fail(Error(ErrorKind::io, fmt::format("{}: {}", file.string(), what))
                    .with_detail(std::string(detail))
                    .with_remedy("use another snapshot"));
}

Result<Snapshot> read_manifest(const fs::path& file, http::Json root) {
    if (root["format"].string_or("") != manifest_format) {
        return bad_manifest(file, "/format");
    }
    Snapshot snapshot{.file = file};
    const auto taken = http::parse_iso_time(root["taken"].string_or(""));
    const auto bytes = root["bytes"].unsigned_integer();
    const auto schema = root["schema"].integer();
    snapshot.sha256 = root["sha256"].string_or("");
    constexpr std::size_t digits = 64;
    if (!taken) {
        return bad_manifest(file, "/taken");
    }
    if (!bytes) {
        return bad_manifest(file, "/bytes");
    }
    if (!schema) {
        return bad_manifest(file, "/schema");
    }
    if (snapshot.sha256.size() != digits) {
        return bad_manifest(file, "/sha256");
    }
    for (const auto& [table, rows] : root["counts"].members()) {
        const auto count = rows.integer();
        if (!count) {
            return bad_manifest(file, "/counts");
        }
        snapshot.counts.emplace_back(table, *count);
    }
    snapshot.taken = *taken;
    snapshot.bytes = *bytes;
    snapshot.schema = *schema;
    snapshot.drilled = http::parse_iso_time(root["drilled"].string_or(""));
    return snapshot;
}

constexpr std::string_view drill_prefix = ".drill-";

// A drill whose process was killed leaves its folder. One of a day ago is nobody's any more; how
// late it is says the folder that was made just now.
void remove_abandoned_drills(const fs::path& below, const fs::path& fresh) {
    std::error_code failed;
    const auto now = fs::last_write_time(fresh, failed);
    std::vector<fs::path> old;
    for (const auto& entry : fs::directory_iterator(below, failed)) {
        std::error_code gone;
        const auto made = fs::last_write_time(entry.path(), gone);
        if (!failed && !gone && now - made > std::chrono::hours(24) &&
            entry.path().filename().string().starts_with(drill_prefix)) {
            old.push_back(entry.path());
        }
    }
    for (const auto& path : old) {
        fs::remove_all(path, failed);
    }
}

Result<TemporaryFolder> drill_folder(const fs::path& below) {
    APILAB_TRY(auto made, TemporaryFolder::make_in(below, drill_prefix));
    remove_abandoned_drills(below, made.path());
    return made;
}

Result<void> compare(const Snapshot& snapshot, const internal::HashedFile& found) {
    if (found.bytes != snapshot.bytes) {
        return damaged(snapshot.file, "size",
                       fmt::format("{} bytes, and there were {} when it was taken", found.bytes,
                                   snapshot.bytes));
    }
    if (found.sha256 != snapshot.sha256) {
        return damaged(snapshot.file, "checksum",
                       "its SHA-256 is another one than when it was taken");
    }
    return {};
}

Result<void> compare(const Snapshot& snapshot, const internal::DatabaseFacts& found) {
    if (found.schema != snapshot.schema) {
        return damaged(
            snapshot.file, "schema",
            fmt::format("has schema {}, and the manifest says {}", found.schema, snapshot.schema));
    }
    if (found.counts != snapshot.counts) {
        return damaged(snapshot.file, "counts", "does not have the rows that were counted");
    }
    return {};
}

// Copies it and has the copy prove itself. Nothing of it is migrated yet.
Result<Snapshot> prove(const fs::path& file, const fs::path& copy) {
    APILAB_TRY(Snapshot snapshot, read_snapshot(file));
    APILAB_TRY(const auto hashed, internal::hash_file(file, copy));
    APILAB_CHECK(compare(snapshot, hashed));
    APILAB_TRY(const auto facts, internal::examine_database(copy));
    APILAB_CHECK(compare(snapshot, facts));
    return snapshot;
}

Result<void> use_as_store(const fs::path& file) {
    APILAB_TRY(const auto store, SqliteStore::open(file));
    return store->probe();
}

void remove_snapshot(const fs::path& file) {
    std::error_code ignored;
    fs::remove(manifest_of(file), ignored);
    fs::remove(file, ignored);
}

}  // namespace

Result<Snapshot> take_snapshot(const fs::path& store, const fs::path& folder, SystemTime now) {
    std::error_code failed;
    if (!fs::is_regular_file(store, failed)) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("{}: no such file", store.string()))
                .with_detail("store"));
    }
    if (!fs::is_directory(folder, failed)) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("{}: no such folder", folder.string()))
                .with_detail("folder")
                .with_remedy("make it"));
    }
    const fs::path file =
        folder / fmt::format("{}-{}{}", store.stem().string(), stamp(now), suffix);
    const fs::path partial = folder / fmt::format(".{}.partial", store.stem().string());
    for (const char* beside : {"", "-journal", "-wal", "-shm"}) {
        fs::remove(partial.string() + beside, failed);
    }
    APILAB_CHECK(make_private(partial, "a snapshot", "chmod 600"));
    auto facts = internal::copy_database(store, partial);
    auto hashed = facts ? internal::hash_file(partial, file)
                        : Result<internal::HashedFile>(fail(facts.error()));
    fs::remove(partial, failed);
    if (!hashed) {
        return fail(std::move(hashed).error());
    }
    Snapshot snapshot{.file = file,
                      .taken = std::chrono::floor<std::chrono::seconds>(now),
                      .bytes = hashed->bytes,
                      .sha256 = hashed->sha256,
                      .schema = facts->schema,
                      .counts = std::move(facts->counts)};
    APILAB_CHECK(write_file_atomically(manifest_of(file), manifest_json(snapshot)));
    return snapshot;
}

Result<Snapshot> read_snapshot(const fs::path& file) {
    auto text = read_file(manifest_of(file), manifest_max);
    if (!text) {
        return fail(std::move(text).error().in("a snapshot has its manifest beside it"));
    }
    auto document = http::JsonDocument::parse(*text);
    if (!document) {
        return bad_manifest(file, "/");
    }
    return read_manifest(file, document->root());
}

Result<std::vector<Snapshot>> list_snapshots(const fs::path& folder) {
    std::error_code failed;
    std::vector<Snapshot> all;
    for (fs::directory_iterator place(folder, failed), end; !failed && place != end;
         place.increment(failed)) {
        const fs::path& file = place->path();
        if (file.extension() != suffix || file.filename().string().starts_with(".")) {
            continue;
        }
        if (auto snapshot = read_snapshot(file)) {
            all.push_back(*std::move(snapshot));
        }
    }
    if (failed) {
        return fail(Error(ErrorKind::io, fmt::format("{}: {}", folder.string(), failed.message()))
                        .with_detail("folder"));
    }
    std::ranges::sort(all, [](const Snapshot& a, const Snapshot& b) {
        return std::pair(a.taken, a.file) > std::pair(b.taken, b.file);
    });
    return all;
}

Result<Snapshot> drill_snapshot(const fs::path& file, const fs::path& scratch, SystemTime now) {
    APILAB_TRY(const auto place, drill_folder(scratch));
    const fs::path copy = place.path() / "store.db";
    APILAB_TRY(Snapshot snapshot, prove(file, copy));
    APILAB_CHECK(use_as_store(copy));
    snapshot.drilled = std::chrono::floor<std::chrono::seconds>(now);
    // Where nothing can be written (a mounted archive), it is proved all the same.
    (void)write_file_atomically(manifest_of(file), manifest_json(snapshot));
    return snapshot;
}

Result<Snapshot> restore_snapshot(const fs::path& file, const fs::path& to, SystemTime now) {
    std::error_code ignored;
    for (const char* beside : {"", "-wal", "-shm", "-journal"}) {
        if (fs::exists(fs::symlink_status(to.string() + beside, ignored))) {
            return fail(Error(ErrorKind::invalid_argument,
                              fmt::format("{}{} is there already", to.string(), beside))
                            .with_detail("to")
                            .with_remedy("name another file, or move that one away"));
        }
    }
    const fs::path folder = to.has_parent_path() ? to.parent_path() : fs::path(".");
    APILAB_TRY(const auto place, drill_folder(folder));
    APILAB_TRY(Snapshot snapshot, drill_snapshot(file, place.path(), now));
    const fs::path copy = place.path() / "store.db";
    APILAB_CHECK(prove(file, copy));
    // A link takes no file's place, whoever made one meanwhile.
    if (::link(copy.c_str(), to.c_str()) != 0) {
        const int code = errno;
        return fail(Error(code == EEXIST ? ErrorKind::invalid_argument : ErrorKind::io,
                          fmt::format("{}: {}", to.string(), std::generic_category().message(code)))
                        .with_detail("to"));
    }
    return snapshot;
}

Result<std::size_t> prune_snapshots(const fs::path& folder, std::size_t keep) {
    constexpr std::size_t keep_max = 1000;
    if (keep < 1 || keep > keep_max) {
        return internal::bad_field("keep", "1 to 1,000");
    }
    APILAB_TRY(const auto all, list_snapshots(folder));
    const auto good = std::ranges::find_if(
        all, [](const Snapshot& snapshot) { return snapshot.drilled.has_value(); });
    const std::size_t proved =
        good == all.end() ? all.size() : static_cast<std::size_t>(good - all.begin()) + 1;
    const std::size_t kept = std::max(keep, proved);
    for (std::size_t i = kept; i < all.size(); ++i) {
        remove_snapshot(all[i].file);
    }
    return all.size() > kept ? all.size() - kept : 0;
}

}  // namespace apilab::work
