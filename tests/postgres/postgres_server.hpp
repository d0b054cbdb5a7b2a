#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "apilab/base/result.hpp"
#include "apilab/base/secret.hpp"

namespace apilab::work::tests {

/// A PostgreSQL 15 of its own, in a folder of its own, on a Unix socket there: nothing listens on
/// the network. Ends with this object, by its own process id, and with this process at the latest.
class PostgresServer {
public:
    /// Empty: Debian's postgresql-15 is not installed.
    [[nodiscard]] static std::string installed();
    /// What a test says that needs it.
    static constexpr std::string_view absent = "PostgreSQL 15 is not installed";

    PostgresServer() = default;
    PostgresServer(const PostgresServer&) = delete;
    PostgresServer& operator=(const PostgresServer&) = delete;
    ~PostgresServer();

    /// Makes the folder and starts. `settings`: further `name=value`. This and `start`: by a thread
    /// that lives as long as the server is to.
    [[nodiscard]] Result<void> make(std::string settings = "fsync=off");
    [[nodiscard]] Result<void> start();
    /// As the power does it, for a process: all of its sessions end, nothing more is written.
    void stop_immediately();

    [[nodiscard]] Secret url() const { return url(socket_folder()); }
    /// The same by a socket in another folder.
    [[nodiscard]] static Secret url(const std::filesystem::path& folder,
                                    std::string_view password = the_password);
    [[nodiscard]] std::filesystem::path socket_folder() const { return folder_ / "socket"; }
    static constexpr std::string_view socket_name = ".s.PGSQL.5432";
    static constexpr std::string_view the_password = "correct-horse-battery";

    /// The one of this test program, started when it is first asked for; with its tests it ends.
    [[nodiscard]] static Result<PostgresServer*> shared();
    /// A name that no test before had.
    [[nodiscard]] static std::string new_schema();
    /// Runs statements apart from any store. Dies where they fail.
    void execute(const std::string& sql) const;
    /// The first column of the first row, or nothing.
    [[nodiscard]] std::string ask(const std::string& sql) const;

private:
    [[nodiscard]] Result<void> wait_until_it_answers() const;

    std::filesystem::path folder_;
    std::string settings_;
    pid_t process_ = 0;
};

}  // namespace apilab::work::tests
