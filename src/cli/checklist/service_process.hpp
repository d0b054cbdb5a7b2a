#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/http/url.hpp"
#include "apilab/runtime/real_scheduler.hpp"
#include "apilab/runtime/task.hpp"
#include "apilab/transport/transport.hpp"
#include "checklist/manifest.hpp"
#include "checklist/observed.hpp"
#include "platform/instance.hpp"

namespace apilab::cli::checklist {

/// How one life of the service begins: everything replaced already.
struct Beginning {
    std::vector<std::string> command;
    std::vector<std::pair<std::string, std::string>> variables;
    /// Its own, empty; gone with it.
    std::filesystem::path disk;
    std::filesystem::path volume;
    std::uint16_t port = 0;
    /// `Life::without`.
    std::string without;
    /// `Life::off`.
    std::string off;
};

/// The service as a process that is looked at from outside. Ended with the object, with all that it
/// has started. Scheduler and transport outlive it.
class ServiceProcess {
public:
    /// Error: `invalid_argument` where it cannot be started, `io` for its folder.
    [[nodiscard]] static Result<std::unique_ptr<ServiceProcess>> start(
        runtime::RealScheduler& scheduler, transport::Transport& way, const Beginning& beginning);
    ServiceProcess(const ServiceProcess&) = delete;
    ServiceProcess& operator=(const ServiceProcess&) = delete;
    ~ServiceProcess();

    /// Waits until it answers with 200 at `service.ready`. Where it answers something else it
    /// serves, and only does not say that it is ready (`Life::ready` stays empty): a 404 and the
    /// like at once, anything else at the end of `service.ready_within`. Returns what is in the way
    /// of going on: it ended, or answered nothing; empty: nothing is.
    [[nodiscard]] runtime::Task<std::string> gets_ready(const Service& service);
    /// Tells it, and waits for its end, at most so long; then kills it.
    [[nodiscard]] runtime::Task<void> stop(int signal, Duration patience);
    /// Without a word, on purpose.
    [[nodiscard]] runtime::Task<void> kill();
    /// Looks at what it does; to be called often. False: it has ended.
    bool look();

    [[nodiscard]] const http::Url& url() const { return url_; }
    /// What was seen of it; complete after its end.
    [[nodiscard]] Life life();
    /// The last lines that it wrote, joined, for a message.
    [[nodiscard]] std::string last_words() const;

private:
    ServiceProcess(runtime::RealScheduler& scheduler, transport::Transport& way);
    [[nodiscard]] runtime::Task<int> status_of(std::string host, std::string path);
    [[nodiscard]] runtime::Task<void> look_around(std::string path);
    void take_line(std::string_view line);
    void look_at_proc();
    void look_at_volume();

    runtime::RealScheduler& scheduler_;
    transport::Transport& way_;
    std::filesystem::path volume_;
    http::Url url_;
    Life life_;
    std::size_t log_bytes_ = 0;
    // Last: to its end it tells what it writes.
    std::unique_ptr<platform::Instance> process_;
};

}  // namespace apilab::cli::checklist
