const days = ["Sundays", "Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"];

/** A schedule as people say it, where it is one of those that most are: `daily at 06:00`. Any other stays as it is written. */
export function saySchedule(cron: string): string {
  const [minute = "", hour = "", day, month, weekday = "", ...more] = cron.trim().split(/\s+/);
  if (more.length > 0 || month !== "*") return cron;
  const every = /^\*\/(\d+)$/.exec(minute)?.[1];
  if (hour === "*" && day === "*" && weekday === "*") {
    if (every !== undefined) return `every ${every} min`;
    return minute === "0" ? "every hour" : cron;
  }
  if (!/^\d+$/.test(minute) || !/^\d+$/.test(hour)) return cron;
  const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
  if (day === "*" && weekday === "*") return `daily at ${time}`;
  if (day === "*" && (weekday === "1-5" || /^mon-fri$/i.test(weekday))) return `on weekdays at ${time}`;
  if (day === "*" && /^[0-7]$/.test(weekday)) return `on ${days[Number(weekday)] ?? weekday} at ${time}`;
  return day === "1" && weekday === "*" ? `monthly at ${time}` : cron;
}
