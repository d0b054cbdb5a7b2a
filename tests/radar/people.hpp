#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "apilab/http/message.hpp"
#include "apilab/sandbox/sandbox.hpp"
#include "project.hpp"

namespace apilab::radar_weeks {

/// A row of the working list, as whoever opens it sees it.
struct Row {
    std::string page;
    std::string key;
    std::string package;
    std::string status;
    std::string action;
    std::string decision;
    std::string owner;
    std::string snooze;
    std::string confidence;
};

struct Note {
    std::string ts;
    std::string text;
    /// Text and blocks, as they were sent.
    std::string all;
    /// `event_payload.key` of its metadata.
    std::string key;
};

struct Mail {
    std::string message_id;
    SteadyTime sent;
};

/// The people around the service, who use the same emulated providers by hand: no fault strikes
/// them, and nothing of the code under test is used but values of `http`.
class People {
public:
    People(sandbox::Sandbox& sandbox, std::uint64_t seed);

    /// Commits the project's two files, and GitHub tells its hooks of the push.
    runtime::Task<void> commit(Installed installed);
    /// Makes a webhook that delivers to `url`; its own URL.
    runtime::Task<std::string> make_hook(std::string url);
    /// Adds people's columns to the table, which is older than its use as a working list.
    runtime::Task<void> add_columns();
    /// Writes into people's columns of the row with that key; false: there is none.
    runtime::Task<bool> write(std::string key, std::string properties);

    runtime::Task<std::vector<Row>> rows();
    runtime::Task<std::vector<Note>> notes();
    /// Mails that left the mailbox, as the sandbox noted them.
    [[nodiscard]] std::vector<Mail> mails() const;

    /// `APILAB_SLACK_TOKEN`, ...
    [[nodiscard]] const std::string& credential(std::string_view name) const;
    /// Why something did not go as it has to; empty: it did.
    [[nodiscard]] const std::string& trouble() const { return trouble_; }

private:
    runtime::Task<http::Response> ask(std::string method, std::string target, std::string body,
                                      std::string token);
    runtime::Task<void> put_file(std::string path, std::string text);

    sandbox::Sandbox& sandbox_;
    std::map<std::string, std::string, std::less<>> credentials_;
    std::uint64_t commits_ = 0;
    std::string trouble_;
};

}  // namespace apilab::radar_weeks
