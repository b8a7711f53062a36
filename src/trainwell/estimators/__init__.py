"""The practitioner's face: tables in, fitted models out."""
