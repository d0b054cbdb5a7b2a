// apilab radar backup: a snapshot that was restored once to prove it, and the way back.

#include <fmt/core.h>
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <system_error>

#include "apilab/base/clock.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/date.hpp"
#include "apilab/work/snapshot.hpp"
#include "radar/radar.hpp"
#include "radar/radar_settings.hpp"

namespace apilab::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct BackupFlags {
    RadarFlags radar;
    std::string file;
    std::string to;
    std::size_t keep = 0;
};

std::int64_t rows_of(const work::Snapshot& snapshot) {
    std::int64_t rows = 0;
    for (const auto& [table, count] : snapshot.counts) {
        rows += count;
    }
    return rows;
}

json::object snapshot_json(const work::Snapshot& snapshot) {
    json::object counts;
    for (const auto& [table, count] : snapshot.counts) {
        counts[table] = count;
    }
    return json::object{{"version", 1},
                        {"file", snapshot.file.string()},
                        {"taken", http::format_iso_time(snapshot.taken)},
                        {"bytes", snapshot.bytes},
                        {"sha256", snapshot.sha256},
                        {"schema", snapshot.schema},
                        {"counts", std::move(counts)}};
}

void tell(const work::Snapshot& snapshot, std::string_view what, const Globals& globals) {
    if (globals.json) {
        fmt::print("{}\n", json::serialize(snapshot_json(snapshot)));
    } else if (!globals.quiet) {
        fmt::print("{}\n  {} of {}, {} bytes, {} rows, sha256 {}\n", snapshot.file.string(), what,
                   http::format_iso_time(snapshot.taken), snapshot.bytes, rows_of(snapshot),
                   snapshot.sha256);
    }
}

// PostgreSQL's own program sees what is PostgreSQL's: roles, other schemas, its version.
Error postgres() {
    return Error(ErrorKind::invalid_argument,
                 "the store is in PostgreSQL, which has its own backups")
        .with_remedy("pg_dump --format=custom --schema=apilab --file=radar.dump, and pg_restore");
}

Result<void> make_folder(const fs::path& folder) {
    std::error_code failed;
    if (fs::create_directories(folder, failed)) {
        fs::permissions(folder, fs::perms::owner_all, failed);
    }
    if (failed) {
        return fail(ErrorKind::io, fmt::format("{}: {}", folder.string(), failed.message()));
    }
    return {};
}

Result<ExitCode> take(const BackupFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto config, usable_radar_config(flags.radar, globals));
    if (!config) {
        return ExitCode::usage;
    }
    const auto store = radar::sqlite_path(*config);
    if (!store) {
        return fail(postgres());
    }
    const fs::path folder = flags.to.empty() ? config->backup_folder : flags.to;
    if (folder.empty()) {
        return fail(Error(ErrorKind::invalid_argument, "no place for snapshots")
                        .with_remedy("--to DIR, or backup.folder in radar.toml"));
    }
    std::error_code ignored;
    if (!fs::exists(*store, ignored)) {
        return fail(
            Error(ErrorKind::invalid_argument, fmt::format("there is no store at {}", *store))
                .with_remedy("--store names another one"));
    }
    APILAB_CHECK(make_folder(folder));
    const auto now = RealClock().system_now();
    APILAB_TRY(const auto taken, work::take_snapshot(*store, folder, now));
    auto drilled = work::drill_snapshot(taken.file, folder, now);
    if (!drilled) {
        return fail(std::move(drilled).error().in("the snapshot could not be restored"));
    }
    tell(*drilled, "restored once to prove it: the store", globals);
    if (flags.keep > 0) {
        APILAB_TRY(const auto gone, work::prune_snapshots(folder, flags.keep));
        if (gone > 0 && !globals.quiet && !globals.json) {
            fmt::print("  {} older ones are gone\n", gone);
        }
    }
    return ExitCode::success;
}

Result<ExitCode> verify(const BackupFlags& flags, const Globals& globals) {
    APILAB_TRY(const auto drilled, work::drill_snapshot(flags.file, fs::temp_directory_path(),
                                                        RealClock().system_now()));
    tell(drilled, "can be restored: the store", globals);
    return ExitCode::success;
}

Result<ExitCode> restore(const BackupFlags& flags, const Globals& globals) {
    APILAB_TRY(auto restored,
               work::restore_snapshot(flags.file, flags.to, RealClock().system_now()));
    restored.file = flags.to;
    tell(restored, "the store", globals);
    return ExitCode::success;
}

using Command = Result<ExitCode> (*)(const BackupFlags& flags, const Globals& globals);

Action run(std::shared_ptr<BackupFlags> flags, const Globals& globals, Command command) {
    return [flags = std::move(flags), &globals, command] {
        const auto code = command(*flags, globals);
        return code ? *code : report(code.error(), globals);
    };
}

}  // namespace

void add_radar_backup(CLI::App& group, const Globals& globals, Action& action) {
    auto* backup = group.add_subcommand(
        "backup", "Copy the store, and restore the copy once to prove that it can be");
    backup->require_subcommand(0, 1);
    const auto flags = std::make_shared<BackupFlags>();
    add_radar_flags(*backup, flags->radar);
    backup->add_option("--to", flags->to, "The folder (default: backup.folder)")->type_name("DIR");
    backup->add_option("--keep", flags->keep, "Remove all but so many of the folder's snapshots")
        ->check(CLI::Range(1, 1000));
    backup->footer(
        "While radar serve runs or not. A snapshot is a file and a manifest beside it "
        "(FILE.json),\n"
        "both for their owner only: they hold what the store holds.\n\n"
        "Examples:\n  apilab radar backup --to /backups --keep 14\n"
        "  apilab radar backup verify /backups/radar-20261122T033000.000Z.db");
    backup->callback([backup, flags, &globals, &action] {
        if (backup->get_subcommands().empty()) {
            action = run(flags, globals, take);
        }
    });

    auto* verified = backup->add_subcommand(
        "verify",
        "Restore a snapshot into a scratch place: checksum, integrity, every table's rows");
    verified->add_option("FILE", flags->file, "The snapshot")->required();
    verified->footer("Examples:\n  apilab radar backup verify radar-20261122T033000.000Z.db");
    verified->callback([flags, &globals, &action] { action = run(flags, globals, verify); });

    auto* restored =
        backup->add_subcommand("restore", "Put a snapshot where no store is; never over one");
    restored->add_option("FILE", flags->file, "The snapshot")->required();
    restored->add_option("--to", flags->to, "The store's new file")->type_name("PATH")->required();
    restored->footer(
        "Examples:\n  apilab radar backup restore radar-20261122T033000.000Z.db --to radar.db");
    restored->callback([flags, &globals, &action] { action = run(flags, globals, restore); });
}

}  // namespace apilab::cli
