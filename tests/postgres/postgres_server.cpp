#include "postgres_server.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "apilab/base/file.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/url.hpp"

namespace apilab::work::tests {

namespace fs = std::filesystem;

namespace {

constexpr const char* programs = "/usr/lib/postgresql/15/bin";

// PostgreSQL refuses to run as root.
const passwd* other_user() {
    return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
}

// What is said goes to `log`. As another user where we are root.
pid_t spawn(std::vector<std::string> words, const fs::path& log, int end_with) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (std::string& word : words) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    const passwd* user = other_user();
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) {
        return child;
    }
    if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
                            ::setuid(user->pw_uid) != 0)) {
        ::_exit(126);
    }
    // A test program that is killed takes its server with it.
    ::prctl(PR_SET_PDEATHSIG, end_with);
    if (::getppid() != parent) {
        ::_exit(125);
    }
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
}

int wait_for(pid_t process) {
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* answer) const { PQclear(answer); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using Answer = std::unique_ptr<PGresult, Finish>;

Connection connect(const PostgresServer& server) {
    return Connection(PQconnectdb(std::string(server.url().reveal()).c_str()));
}

}  // namespace

std::string PostgresServer::installed() {
    const std::string postgres = fmt::format("{}/postgres", programs);
    return ::access(postgres.c_str(), X_OK) == 0 ? postgres : std::string();
}

PostgresServer::~PostgresServer() {
    stop_immediately();
    if (!folder_.empty()) {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
}

Secret PostgresServer::url(const fs::path& folder, std::string_view password) {
    return Secret(fmt::format("postgres://postgres:{}@/postgres?host={}", password,
                              http::percent_encode(folder.string())));
}

Result<void> PostgresServer::make(std::string settings) {
    settings_ = std::move(settings);
    std::string folder = (fs::temp_directory_path() / "apilab-pg-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) {
        return fail(ErrorKind::io, "no folder for PostgreSQL");
    }
    folder_ = folder;
    fs::create_directory(socket_folder());
    std::ofstream(folder_ / "password") << the_password << '\n';
    if (const passwd* user = other_user(); user != nullptr) {
        for (const fs::path& path : {folder_, socket_folder(), folder_ / "password"}) {
            if (::chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
                return fail(ErrorKind::io, "the folder cannot be given to the user postgres");
            }
        }
    }
    const int status = wait_for(
        spawn({fmt::format("{}/initdb", programs), "-D", (folder_ / "data").string(), "-U",
               "postgres", "-A", "scram-sha-256", "--pwfile", (folder_ / "password").string(), "-E",
               "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"},
              folder_ / "log", SIGTERM));
    if (status != 0) {
        return fail(ErrorKind::io, fmt::format("initdb: {}", text_of(folder_ / "log")));
    }
    return start();
}

Result<void> PostgresServer::start() {
    std::vector<std::string> words{
        installed(),
        "-D",
        (folder_ / "data").string(),
        "-c",
        "listen_addresses=",
        "-c",
        fmt::format("unix_socket_directories={}", socket_folder().string()),
        "-c",
        "max_connections=60",
        "-c",
        "shared_buffers=32MB"};
    std::istringstream settings(settings_);
    for (std::string setting; settings >> setting;) {
        words.insert(words.end(), {"-c", setting});
    }
    // SIGQUIT is PostgreSQL's immediate stop.
    process_ = spawn(std::move(words), folder_ / "log", SIGQUIT);
    return wait_until_it_answers();
}

Result<void> PostgresServer::wait_until_it_answers() const {
    constexpr int tries = 1500;
    constexpr int between_ms = 20;
    // Readable when the process has ended.
    const auto process = static_cast<int>(::syscall(SYS_pidfd_open, process_, 0));
    bool answers = false;
    bool ended = false;
    for (int i = 0; i < tries && !answers && !ended; ++i) {
        answers = PQstatus(connect(*this).get()) == CONNECTION_OK;
        pollfd end{process, POLLIN, 0};
        ended = !answers && ::poll(&end, 1, between_ms) != 0;
    }
    ::close(process);
    if (!answers) {
        return fail(ErrorKind::io, fmt::format("PostgreSQL: {}", text_of(folder_ / "log")));
    }
    return {};
}

void PostgresServer::stop_immediately() {
    if (process_ > 0) {
        ::kill(process_, SIGQUIT);
        wait_for(process_);
        process_ = 0;
    }
}

Result<PostgresServer*> PostgresServer::shared() {
    static PostgresServer server;
    static const Result<void> made = server.make();
    if (!made) {
        return fail(made.error());
    }
    return &server;
}

std::string PostgresServer::new_schema() {
    static std::atomic<int> count = 0;
    return fmt::format("test_{}", ++count);
}

void PostgresServer::execute(const std::string& sql) const {
    (void)ask(sql);
}

std::string PostgresServer::ask(const std::string& sql) const {
    const Connection connection = connect(*this);
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    const Answer answer(PQexec(connection.get(), sql.c_str()));
    const auto status = PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fmt::print(stderr, "{}: {}\n", sql, PQerrorMessage(connection.get()));
        std::abort();
    }
    return PQntuples(answer.get()) > 0 ? PQgetvalue(answer.get(), 0, 0) : std::string();
}

}  // namespace apilab::work::tests
