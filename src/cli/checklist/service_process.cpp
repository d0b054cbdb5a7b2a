#include "checklist/service_process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <system_error>

#include "apilab/base/duration.hpp"
#include "apilab/base/try.hpp"
#include "apilab/transport/send.hpp"

namespace apilab::cli::checklist {

using runtime::Task;

namespace {

namespace fs = std::filesystem;

constexpr Duration look_again = std::chrono::milliseconds(20);
constexpr Duration answer_within = std::chrono::seconds(2);
constexpr std::size_t log_lines_max = 20'000;
constexpr std::size_t log_bytes_max = std::size_t{4} << 20U;
constexpr std::size_t words_max = 300;
constexpr std::size_t kept_files_max = 1000;
// Both are this machine; what listens on the first alone does not answer on the second.
constexpr std::string_view inside = "127.0.0.1";
constexpr std::string_view outside = "127.0.0.2";

// Texts that end with a NUL each, as files of /proc have them.
std::vector<std::string> nul_texts(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    const std::string all{std::istreambuf_iterator<char>(stream), {}};
    std::vector<std::string> texts;
    for (std::size_t at = 0; at < all.size();) {
        const auto end = std::min(all.find('\0', at), all.size());
        texts.push_back(all.substr(at, end - at));
        at = end + 1;
    }
    return texts;
}

// It serves, and has no such path or will not be asked so: it will not answer otherwise later.
bool is_final(int status) {
    return status >= 300 && status < 500;
}

}  // namespace

ServiceProcess::ServiceProcess(runtime::RealScheduler& scheduler, transport::Transport& way)
    : scheduler_(scheduler), way_(way), url_(*http::Url::parse("http://127.0.0.1")) {}

ServiceProcess::~ServiceProcess() = default;

Result<std::unique_ptr<ServiceProcess>> ServiceProcess::start(runtime::RealScheduler& scheduler,
                                                              transport::Transport& way,
                                                              const Beginning& beginning) {
    std::error_code failed;
    fs::create_directories(beginning.disk / "tmp", failed);
    if (failed) {
        return fail(ErrorKind::io,
                    fmt::format("{}: {}", beginning.disk.string(), failed.message()));
    }
    auto service = std::unique_ptr<ServiceProcess>(new ServiceProcess(scheduler, way));
    auto* const told = service.get();
    APILAB_TRY(auto process,
               platform::Instance::start(
                   {.command = beginning.command,
                    .variables = beginning.variables,
                    .disk = beginning.disk,
                    .volume = beginning.volume,
                    .user = {},
                    .port = beginning.port,
                    .clean = true,
                    .on_line = [told](std::string_view line) { told->take_line(line); }},
                   1, scheduler.now()));
    service->process_ = std::make_unique<platform::Instance>(std::move(process));
    service->volume_ = beginning.volume;
    service->life_.port = service->process_->life.port;
    service->life_.without = beginning.without;
    service->life_.off = beginning.off;
    APILAB_TRY(service->url_,
               http::Url::parse(fmt::format("http://{}:{}", inside, service->life_.port)));
    return service;
}

void ServiceProcess::take_line(std::string_view line) {
    if (life_.log.size() < log_lines_max && log_bytes_ + line.size() < log_bytes_max) {
        log_bytes_ += line.size();
        life_.log.emplace_back(line);
    }
}

void ServiceProcess::look_at_proc() {
    const auto folder = fmt::format("/proc/{}", process_->pid());
    if (auto arguments = nul_texts(folder + "/cmdline"); !arguments.empty()) {
        life_.arguments = std::move(arguments);
    }
    if (const auto variables = nul_texts(folder + "/environ"); !variables.empty()) {
        life_.variables.clear();
        for (const auto& variable : variables) {
            life_.variables.push_back(variable.substr(0, variable.find('=')));
        }
    }
}

void ServiceProcess::look_at_volume() {
    std::error_code failed;
    life_.volume.clear();
    for (auto entry = fs::recursive_directory_iterator(volume_, failed);
         !failed && entry != fs::recursive_directory_iterator() &&
         life_.volume.size() < kept_files_max;
         entry.increment(failed)) {
        std::error_code gone;
        if (const auto status = entry->symlink_status(gone);
            !gone && status.type() == fs::file_type::regular) {
            life_.volume.push_back(
                {.path = entry->path().lexically_relative(volume_).generic_string(),
                 .mode = static_cast<unsigned>(status.permissions() & fs::perms::mask)});
        }
    }
}

bool ServiceProcess::look() {
    process_->look();
    return !process_->exit_code();
}

Task<int> ServiceProcess::status_of(std::string host, std::string path) {
    const auto url = http::Url::parse(fmt::format("http://{}:{}{}", host, life_.port, path));
    if (!url) {
        co_return 0;
    }
    transport::SendOptions options;
    options.timeouts.attempt = answer_within;
    const auto answer =
        co_await transport::send(way_, http::Request::get(*url), std::move(options));
    co_return answer ? answer->status() : 0;
}

// Once it serves: who can reach it, and what everybody on its machine can see.
Task<void> ServiceProcess::look_around(std::string path) {
    look_at_proc();
    life_.reachable = co_await status_of(std::string(outside), std::move(path)) > 0;
}

Task<std::string> ServiceProcess::gets_ready(const Service& service) {
    const auto path = service.ready.empty() ? std::string("/") : service.ready;
    const SteadyTime last = process_->started + service.ready_within;
    int status = 0;
    while (look()) {
        status = co_await status_of(std::string(inside), path);
        if (status >= 200 && status < 300 && !service.ready.empty()) {
            life_.ready = scheduler_.now() - process_->started;
        }
        const bool over = scheduler_.now() >= last;
        if (life_.ready || is_final(status) || (over && status != 0)) {
            co_await look_around(path);
            co_return std::string();
        }
        if (over) {
            look_at_proc();
            co_return fmt::format("the service answered nothing on port {} within {}{}", life_.port,
                                  format_duration(service.ready_within), last_words());
        }
        if (const auto slept = co_await scheduler_.sleep_for(look_again); !slept) {
            co_return std::string("it was interrupted");
        }
    }
    co_return fmt::format("the service ended with code {} before it was ready{}",
                          *process_->exit_code(), last_words());
}

Task<void> ServiceProcess::stop(int signal, Duration patience) {
    if (!look()) {
        co_return;
    }
    const SteadyTime told = scheduler_.now();
    life_.signal = signal;
    process_->signal(signal);
    bool lost_patience = false;
    while (look()) {
        if (!lost_patience && scheduler_.now() - told >= patience) {
            process_->signal(SIGKILL);
            lost_patience = true;
        }
        (void)co_await scheduler_.wait(nullptr, scheduler_.now() + look_again);
    }
    life_.end_took = scheduler_.now() - told;
    if (!lost_patience) {
        life_.exit_code = process_->exit_code();
    } else {
        process_->life.killed = true;
    }
}

Task<void> ServiceProcess::kill() {
    if (!look()) {
        co_return;
    }
    process_->signal(SIGKILL);
    life_.killed = true;
    while (look()) {
        (void)co_await scheduler_.wait(nullptr, scheduler_.now() + look_again);
    }
}

Life ServiceProcess::life() {
    if (!process_->exit_code()) {
        process_->signal(SIGKILL);
    } else if (!process_->life.killed) {
        life_.exit_code = process_->exit_code();
    }
    process_->look_at_disk();
    life_.files = process_->life.files;
    look_at_volume();
    return life_;
}

std::string ServiceProcess::last_words() const {
    std::string words;
    const std::size_t count = std::min<std::size_t>(life_.log.size(), 3);
    for (auto line = life_.log.end() - static_cast<std::ptrdiff_t>(count); line != life_.log.end();
         ++line) {
        words += (words.empty() ? ": " : " / ") + *line;
    }
    return words.substr(0, words_max);
}

}  // namespace apilab::cli::checklist
