#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace release_notes {

using Headers = std::vector<std::string>;

struct Answer {
    long status = 0;
    std::string body;
};

/// A setting of the environment, or what it is without.
std::string setting(const std::string& name, const std::string& otherwise = "");
void log(const std::string& line);

/// Calls an API; tries three times. Throws when that did not help.
Answer call(const std::string& method, const std::string& url, const Headers& headers = {},
            const std::string& body = "");

struct Incoming {
    std::string method;
    std::string path;
    /// Names in small letters.
    std::map<std::string, std::string> headers;
    std::string body;
};

/// Listens on every address and answers each connection on a thread of its own, for ever.
void serve(int port, const std::function<Answer(const Incoming&)>& handler);

}  // namespace release_notes
