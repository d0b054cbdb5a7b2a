#include "deployments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace exercise {
namespace {

constexpr int correct_ones = 12;
constexpr int of_each_fault = 3;

/// What goes wrong, as whoever operates it would tell.
enum class Fault : std::uint8_t {
    none,
    other_port,
    no_health,
    baked_secret,
    shared_volume,
    no_patience,
    shell_form,
    loopback,
    root,
};
constexpr std::array symptoms{
    std::pair(Fault::other_port, "is never reached by the router"),
    std::pair(Fault::no_health, "gets requests before it can answer them"),
    std::pair(Fault::baked_secret, "tells whoever pulls the image a secret"),
    std::pair(Fault::shared_volume, "has half of its data on each of two disks"),
    std::pair(Fault::no_patience, "is killed in the middle of its work"),
    std::pair(Fault::shell_form, "never hears the signal to end"),
    std::pair(Fault::loopback, "answers nobody but itself"),
    std::pair(Fault::root, "runs as root"),
};

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    const auto last = text.find_last_not_of(' ');
    return first == std::string_view::npos ? std::string()
                                           : std::string(text.substr(first, last - first + 1));
}

/// Writes one folder.
class Writer {
public:
    Writer(apilab::Rng& rng, Fault fault) : rng_(rng), fault_(fault) {}

    Deployment write(std::string name) {
        write_docker();
        write_fly();
        return {.name = std::move(name), .docker = std::move(docker_), .fly = std::move(fly_)};
    }
    /// Where the fault is; not asked where there is none.
    [[nodiscard]] const Said& place() const { return place_; }

private:
    bool perhaps() { return rng_.between(0, 1) == 1; }
    // So that no line is where it was in the last one.
    void remarks(std::vector<std::string>& lines) {
        constexpr std::array texts{"# Ask before you change this.", "", "# As in the handbook."};
        for (auto count = rng_.between(0, 3); count > 0; --count) {
            lines.emplace_back(texts.at(static_cast<std::size_t>(rng_.between(0, 2))));
        }
    }
    void docker(std::string line, Fault culprit = Fault::none) {
        docker_.push_back(std::move(line));
        note("Dockerfile", docker_.size(), culprit);
    }
    void fly(std::string line, Fault culprit = Fault::none) {
        fly_.push_back(std::move(line));
        note("fly.toml", fly_.size(), culprit);
    }
    void note(const char* file, std::size_t line, Fault culprit) {
        if (culprit == fault_ && fault_ != Fault::none) {
            place_ = {.value = {}, .file = file, .line = line};
        }
    }

    void write_docker() {
        remarks(docker_);
        docker("FROM debian:bookworm-slim", Fault::root);
        docker(fmt::format("ENV PORT={}", port_));
        // What looks like a secret, and says only where one is.
        docker(perhaps() ? "ENV API_TOKEN_FILE=/run/secrets/api"
                         : "ENV TOKEN_URL=https://id.example.org/token");
        remarks(docker_);
        if (fault_ == Fault::baked_secret) {
            docker(fmt::format("ENV API_TOKEN=live_{:016x}", rng_.next()), Fault::baked_secret);
        }
        docker("COPY service /usr/bin/service");
        if (fault_ != Fault::root) {
            docker(perhaps() ? "USER 10001" : "USER service");
        }
        const auto* address = fault_ == Fault::loopback ? "127.0.0.1" : "0.0.0.0";
        if (fault_ == Fault::shell_form) {
            docker(fmt::format("CMD service --listen {}", address), Fault::shell_form);
        } else {
            docker(fmt::format(R"(CMD ["service", "--listen", "{}"])", address), Fault::loopback);
        }
    }
    void write_fly() {
        remarks(fly_);
        // What is missing at the top belongs to the line of the name.
        fly("app = \"shop\"", Fault::no_patience);
        remarks(fly_);
        if (fault_ != Fault::no_patience) {
            fly(perhaps() ? "kill_timeout = 30" : "kill_timeout = \"30s\"");
        }
        remarks(fly_);
        fly("[http_service]", Fault::no_health);
        fly(fmt::format("  internal_port = {}", fault_ == Fault::other_port ? port_ + 1 : port_),
            Fault::other_port);
        // A volume, or two machines: both together are the fault.
        const bool volume = fault_ == Fault::shared_volume || perhaps();
        const bool two = fault_ == Fault::shared_volume || !volume;
        fly(fmt::format("  min_machines_running = {}", two ? 2 : 1));
        if (fault_ != Fault::no_health) {
            fly("[[http_service.checks]]");
            fly("  path = \"/readyz\"");
        }
        if (volume) {
            remarks(fly_);
            fly("[mounts]", Fault::shared_volume);
            fly("  source = \"data\"");
        }
    }

    apilab::Rng& rng_;
    Fault fault_;
    std::int64_t port_ = rng_.between(3000, 9000);
    std::vector<std::string> docker_;
    std::vector<std::string> fly_;
    Said place_;
};

/// What the rules made of all folders; `hand_in` is what checks_tests.cpp of the judge reads.
class Board {
public:
    void correct(const Deployment& folder, const std::vector<DeployRule>& rules) {
        ++correct_;
        for (const auto& rule : rules) {
            if (const auto found = rule.finds(folder)) {
                ++alarms_;
                lines_ += fmt::format("alarm={}\n", rule.what);
                shown_ += fmt::format("    alarm     {}, {}:{}: \"{}\"\n", folder.name, found->file,
                                      found->line, rule.what);
                return;
            }
        }
    }
    void faulty(const Deployment& folder, const Said& place, const char* symptom,
                const std::vector<DeployRule>& rules) {
        ++faulty_;
        for (const auto& rule : rules) {
            const auto found = rule.finds(folder);
            if (found && found->file == place.file && found->line == place.line) {
                ++found_;
                shown_ += fmt::format("    found     {}, {}:{}: \"{}\"\n", folder.name, found->file,
                                      found->line, rule.what);
                return;
            }
        }
        lines_ += fmt::format("survivor={}\n", symptom);
        shown_ += fmt::format("    SURVIVED  {}, which {}\n", folder.name, symptom);
    }
    void report(Lab& lab) const {
        lab.number("faults found", found_);
        lab.number("false alarms", alarms_);
        lab.show(shown_);
        lab.hand_in("failure tests",
                    fmt::format("kind=deployments\nexercised={}\ncorrect={}\n"
                                "false_alarms={}\nmutants={}\nkilled={}\n{}",
                                faulty_, correct_, alarms_, faulty_, found_, lines_));
    }

private:
    int correct_ = 0;
    int alarms_ = 0;
    int faulty_ = 0;
    int found_ = 0;
    std::string lines_;
    std::string shown_;
};

}  // namespace

std::vector<Said> Deployment::instructions(std::string_view keyword) const {
    std::vector<Said> all;
    for (std::size_t i = 0; i < docker.size(); ++i) {
        const std::string_view line = docker[i];
        if (line.starts_with(keyword) && line.substr(keyword.size()).starts_with(' ')) {
            all.push_back({trimmed(line.substr(keyword.size())), "Dockerfile", i + 1});
        }
    }
    return all;
}

std::optional<Said> Deployment::setting(std::string_view key) const {
    std::string table;
    for (std::size_t i = 0; i < fly.size(); ++i) {
        const auto line = trimmed(fly[i]);
        if (line == key) {
            return Said{line, "fly.toml", i + 1};
        }
        if (line.starts_with('[')) {
            table = line.substr(1, line.size() - 2) + ".";
        }
        const auto equals = line.find('=');
        if (equals == std::string::npos || table + trimmed(line.substr(0, equals)) != key) {
            continue;
        }
        auto value = trimmed(std::string_view(line).substr(equals + 1));
        std::erase(value, '"');
        return Said{std::move(value), "fly.toml", i + 1};
    }
    return std::nullopt;
}

Task<void> try_on_deployments(Lab& lab, std::vector<DeployRule> rules) {
    apilab::SeededRng rng(lab.seed());
    Board board;
    for (int i = 1; i <= correct_ones; ++i) {
        board.correct(Writer(rng, Fault::none).write(fmt::format("shop-{}", i)), rules);
    }
    int number = correct_ones;
    for (int round = 0; round < of_each_fault && lab.scenario() != "none"; ++round) {
        for (const auto& [fault, symptom] : symptoms) {
            Writer writer(rng, fault);
            const auto folder = writer.write(fmt::format("shop-{}", ++number));
            board.faulty(folder, writer.place(), symptom, rules);
        }
    }
    board.report(lab);
    co_return;
}

}  // namespace exercise
