"""What people are told: fan-out to many (`fanout`), replies to one, and the past played back."""
