#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/base/environment.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/http/message.hpp"
#include "apilab/radar/service/config_load.hpp"
#include "apilab/radar/service/service.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "canary.hpp"
#include "others.hpp"
#include "senders.hpp"

namespace apilab::radar_security {

struct WorldOptions {
    std::uint64_t seed = 1;
    /// Without one the dashboard is for this machine only.
    bool has_token = true;
    /// Snapshots twice a day.
    bool has_backups = false;
};

/// A request as it reaches the whole service.
struct Ask {
    std::string method = "GET";
    std::string target = "/";
    std::string host = "localhost:8080";
    http::Headers headers;
    std::string body;
    std::string peer = "127.0.0.1";
};

/// A whole radar with everything that it can be told, over a store on the disk, with others around
/// it. Goes with its folder. Every secret of it is a canary.
class World {
public:
    World(runtime::Scheduler& scheduler, WorldOptions options);
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World();

    /// The configuration, as a person would have given it.
    [[nodiscard]] radar::ConfigLoad load(const Environment& more = {}) const;
    [[nodiscard]] radar::RadarService& radar() { return *radar_; }
    [[nodiscard]] Others& others() { return others_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
    [[nodiscard]] const std::string& log() const { return log_; }
    [[nodiscard]] const std::string& secret(const std::string& variable) const;

    [[nodiscard]] http::Response ask(Ask ask);
    /// Rightly signed and delivered.
    [[nodiscard]] http::Response deliver_genuine(std::string_view sender, std::string body,
                                                 int number);
    [[nodiscard]] http::Response send(const Delivery& delivery, std::string method = "POST");
    void install(const std::map<std::string, std::string>& packages) const;

    /// Every row of every table of the store, as text.
    [[nodiscard]] std::string tables() const;
    /// Every secret that there is by now.
    [[nodiscard]] std::vector<canaries::Canary> canaries() const;
    /// Ends the radar and closes the store; the folder stays.
    void end();

private:
    runtime::Scheduler& scheduler_;
    WorldOptions options_;
    std::filesystem::path folder_;
    std::string log_;
    std::map<std::string, std::string> secrets_;
    Environment environment_;
    SeededRng rng_;
    std::unique_ptr<sandbox::Sandbox> sandbox_;
    Others others_;
    std::unique_ptr<work::SqliteStore> store_;
    std::unique_ptr<radar::RadarService> radar_;
};

/// What of the canaries a text shows, in any of their forms: also with JSON's escapes.
[[nodiscard]] std::vector<std::string> leaks(std::string_view text,
                                             const std::vector<canaries::Canary>& canaries);

}  // namespace apilab::radar_security
